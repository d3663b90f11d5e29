package io.blockring.cachectl.files;

import io.blockring.meta.VolumeFormat.AtRest;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.CipherAlgorithm;
import io.blockring.objectstore.codec.Compression;
import io.blockring.objectstore.codec.Passphrase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the objects of a new volume are made of its blocks. */
final class AtRestOptions {
    /** The words that a volume's settings may have for a choice. */
    static final class Compressions implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Compression.values()).map(Compression::word).iterator();
        }
    }

    /** The same for encryption. */
    static final class Algorithms implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(CipherAlgorithm.values())
                    .map(CipherAlgorithm::word)
                    .iterator();
        }
    }

    @Option(
            names = "--compress",
            paramLabel = "HOW",
            defaultValue = "none",
            completionCandidates = Compressions.class,
            description = "Compress blocks: ${COMPLETION-CANDIDATES} (default: none).")
    private String compression = "none";

    @Option(
            names = "--encrypt-key",
            paramLabel = "FILE",
            description = "Encrypt objects with this RSA private key (PEM), which the volume keeps;"
                    + " its passphrase comes from BLOCKRING_RSA_PASSPHRASE or JFS_RSA_PASSPHRASE.")
    private @Nullable Path encryptKey;

    @Option(
            names = "--encrypt-algorithm",
            paramLabel = "HOW",
            defaultValue = "aes256gcm-rsa",
            completionCandidates = Algorithms.class,
            description = "How to encrypt: ${COMPLETION-CANDIDATES} (default: aes256gcm-rsa).")
    private String algorithm = "aes256gcm-rsa";

    /** What was chosen, once it is sure that the key can be used. */
    AtRest checked() throws IOException {
        return checked(compression, algorithm, encryptKey);
    }

    /** The same for what was chosen elsewhere. */
    static AtRest checked(String compression, String algorithm, @Nullable Path encryptKey) throws IOException {
        String pem = encryptKey == null ? "" : Files.readString(encryptKey);
        if (Compression.of(compression).isEmpty()) {
            throw VolumeCommand.notMade("no compression is called '" + compression + "'");
        }
        if (CipherAlgorithm.of(algorithm).isEmpty()) {
            throw VolumeCommand.notMade("no encryption is called '" + algorithm + "'");
        }
        if (encryptKey != null && pem.isBlank()) {
            throw VolumeCommand.notMade(encryptKey + " is empty");
        }
        BlockCodec.of(compression, algorithm, pem, Passphrase.ofEnvironment(System.getenv()));
        return new AtRest(compression, pem.isEmpty() ? "" : algorithm, pem);
    }
}
