package io.blockring.meta.volume;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.keyvalue.RocksByteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** An open engine, and the lock that keeps other processes from one that takes no second. */
final class HeldMetadata implements AutoCloseable {
    private final MetaUrl url;
    private final MetaEngine engine;
    private final @Nullable VolumeLock lock;

    private HeldMetadata(MetaUrl url, MetaEngine engine, @Nullable VolumeLock lock) {
        this.url = url;
        this.engine = engine;
        this.lock = lock;
    }

    /** The engine of a volume that is to be made. */
    static HeldMetadata create(MetaUrl url) throws VolumeException {
        return open(url, true, null);
    }

    /** The engine of a volume that is there; fails with {@link VolumeHeldException} while another process has it. */
    static HeldMetadata open(MetaUrl url, @Nullable Path controlSocket) throws VolumeException {
        return open(url, false, controlSocket);
    }

    private static HeldMetadata open(MetaUrl url, boolean create, @Nullable Path controlSocket) throws VolumeException {
        return switch (url) {
            case MetaUrl.Folder folder -> rocks(folder, create, controlSocket);
            case MetaUrl.Served served -> new HeldMetadata(served, served(served), null);
        };
    }

    private static MetaEngine served(MetaUrl.Served url) throws VolumeException {
        try {
            return url.service().open(url.url(), System.getenv());
        } catch (IllegalArgumentException e) {
            throw new VolumeException(
                    VolumeException.Kind.BAD_URL,
                    "%s is no %s: %s".formatted(url, url.service().title(), e.getMessage()),
                    e);
        } catch (FileError e) {
            throw new VolumeException(
                    VolumeException.Kind.UNREACHABLE,
                    "the metadata in %s cannot be opened: %s".formatted(url, e.getMessage()),
                    e);
        }
    }

    private static HeldMetadata rocks(MetaUrl.Folder url, boolean create, @Nullable Path controlSocket)
            throws VolumeException {
        if (!create && !Files.isDirectory(url.folder())) {
            throw noVolume(url);
        }
        VolumeLock lock = lock(url, controlSocket);
        boolean opened = false;
        try {
            var held = new HeldMetadata(url, rocks(url, create), lock);
            opened = true;
            return held;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private static VolumeLock lock(MetaUrl.Folder url, @Nullable Path controlSocket) throws VolumeException {
        try {
            return VolumeLock.take(url.folder(), controlSocket);
        } catch (IOException e) {
            throw new VolumeException(
                    VolumeException.Kind.ENGINE, "the lock of %s cannot be taken: %s".formatted(url, e), e);
        }
    }

    private static MetaEngine rocks(MetaUrl.Folder url, boolean create) throws VolumeException {
        try {
            if (create) {
                Files.createDirectories(url.folder());
            }
            return RocksByteStore.engine(url.folder(), create, url.durability());
        } catch (RocksDBException | IOException e) {
            VolumeException.Kind kind = !create && !Files.exists(url.folder().resolve("CURRENT"))
                    ? VolumeException.Kind.NO_VOLUME
                    : VolumeException.Kind.ENGINE;
            throw new VolumeException(
                    kind, "the metadata in %s cannot be opened: %s".formatted(url, e.getMessage()), e);
        }
    }

    static VolumeException noVolume(MetaUrl url) {
        return new VolumeException(VolumeException.Kind.NO_VOLUME, "there is no volume in " + url);
    }

    MetaEngine engine() {
        return engine;
    }

    /** Takes all records of the volume away; the engine is closed then. */
    void destroy() throws FileError, IOException {
        engine.close();
        switch (url) {
            case MetaUrl.Served served -> served.service().destroy(served.url(), System.getenv());
            case MetaUrl.Folder folder -> {
                // The file that makes a folder a database goes last.
                Path current = folder.folder().resolve("CURRENT");
                try (Stream<Path> files = Files.list(folder.folder())) {
                    for (Path file : files.filter(file -> !file.equals(current)).toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(current);
                Files.delete(folder.folder());
            }
        }
    }

    @Override
    public void close() {
        try {
            engine.close();
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }
}
