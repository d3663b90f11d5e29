package io.blockring.meta.volume;

import io.blockring.meta.engine.MetadataService;
import io.blockring.meta.keyvalue.EtcdVolumes;
import io.blockring.meta.keyvalue.RocksByteStore.Durability;
import io.blockring.meta.keyvalue.TikvVolumes;
import io.blockring.meta.redis.RedisVolumes;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Where the metadata of a volume are. */
sealed interface MetaUrl {
    /**
     * RocksDB in a folder of this machine: {@code rocksdb:///FOLDER}, and {@code ?durability=process} for metadata that
     * do not wait for the disk.
     */
    record Folder(Path folder, Durability durability) implements MetaUrl {
        @Override
        public String toString() {
            return folder.toString();
        }
    }

    /** Servers that any number of machines reach. */
    record Served(MetadataService service, String url) implements MetaUrl {
        @Override
        public String toString() {
            return Volume.shownUrl(url);
        }
    }

    List<MetadataService> SERVICES = List.of(new RedisVolumes(), new TikvVolumes(), new EtcdVolumes());

    String ROCKS_SCHEME = "rocksdb";
    String DURABILITY = "durability=";

    static MetaUrl parse(URI url) throws VolumeException {
        for (MetadataService service : SERVICES) {
            if (service.names(url.toString())) {
                return new Served(service, url.toString());
            }
        }
        if (!ROCKS_SCHEME.equals(url.getScheme())) {
            throw bad("metadata are in " + Volume.URL_FORMS + ", and not in " + url);
        }
        boolean local = url.getAuthority() == null || url.getAuthority().isEmpty();
        String path = url.getPath();
        if (!local || path == null || path.length() < 2 || !path.startsWith("/")) {
            throw bad("a folder of this machine is named by three slashes, rocksdb:///FOLDER, and not as in " + url);
        }
        try {
            return new Folder(Path.of(path).normalize(), durability(url));
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
