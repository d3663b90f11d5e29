package io.blockring.meta.volume;

import io.blockring.meta.keyvalue.RocksByteStore.Durability;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where the metadata of a volume are: {@code rocksdb:///FOLDER}, and {@code ?durability=process} for one that does not
 * wait for the disk.
 */
record MetaUrl(Path folder, Durability durability) {
    private static final String SCHEME = "rocksdb";
    private static final String DURABILITY = "durability=";

    static MetaUrl parse(URI url) throws VolumeException {
        if (!SCHEME.equals(url.getScheme())) {
            throw bad("this build keeps metadata in rocksdb:///FOLDER only, and not in " + url);
        }
        boolean local = url.getAuthority() == null || url.getAuthority().isEmpty();
        String path = url.getPath();
        if (!local || path == null || path.length() < 2 || !path.startsWith("/")) {
            throw bad("a folder of this machine is named by three slashes, rocksdb:///FOLDER, and not as in " + url);
        }
        try {
            return new MetaUrl(Path.of(path).normalize(), durability(url));
        } catch (InvalidPathException _) {
            throw bad("no folder can be named as in " + url);
        }
    }

    private static Durability durability(URI url) throws VolumeException {
        String query = url.getQuery();
        if (query == null || query.equals(DURABILITY + "machine")) {
            return Durability.MACHINE;
        }
        if (query.equals(DURABILITY + "process")) {
            return Durability.PROCESS;
        }
        throw bad("metadata have durability=machine or durability=process, and not " + query);
    }

    private static VolumeException bad(String message) {
        return new VolumeException(VolumeException.Kind.BAD_URL, message);
    }
}
