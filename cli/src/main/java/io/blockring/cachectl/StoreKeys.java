package io.blockring.cachectl;

import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.StoreAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The keys to an object store: a file that only its owner reads, or the environment. */
public final class StoreKeys {
    @Option(
            names = "--credentials",
            paramLabel = "FILE",
            description = "File of mode 0600 with access-key and secret-key;"
                    + " else BLOCKRING_ACCESS_KEY and BLOCKRING_SECRET_KEY, or AWS_..., in the environment.")
    private @Nullable Path file;

    /** The keys, where a store needs some: a directory needs none. */
    public @Nullable Credentials forStore(StoreAddress address) throws ObjectStoreException {
        if (address instanceof StoreAddress.Directory) {
            return null;
        }
        return find().orElseThrow(() -> new CommandFailure(
                ExitCode.NO_PERMISSION,
                "NO_CREDENTIALS",
                "no keys for " + address,
                "neither --credentials nor BLOCKRING_ACCESS_KEY and BLOCKRING_SECRET_KEY give any",
                "export BLOCKRING_ACCESS_KEY=... BLOCKRING_SECRET_KEY=...   or: --credentials FILE"));
    }

    /** The keys that were given, if any. */
    public Optional<Credentials> find() throws ObjectStoreException {
        return file != null ? Optional.of(Credentials.ofFile(file)) : Credentials.ofEnvironment(System.getenv());
    }

    /** The arguments that give another {@code cachectl} the same keys; the environment reaches it by itself. */
    public java.util.List<String> asArguments() {
        return file == null
                ? java.util.List.of()
                : java.util.List.of("--credentials", file.toAbsolutePath().toString());
    }
}
