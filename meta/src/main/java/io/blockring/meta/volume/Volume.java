package io.blockring.meta.volume;

import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.FileError;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.keyvalue.RocksByteStore;
import io.blockring.meta.tree.NewVolume;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.VolumeSetting;
import io.blockring.meta.tree.VolumeTree;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The metadata of a volume, held by this process until it is closed.
 *
 * <p>{@link #open} says what the volume is; {@link #mount} begins a session once whoever calls has made, from {@link
 * #format}, what deletes objects and copies data. Closing ends the session and lets go of the metadata.
 */
public final class Volume implements AutoCloseable {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final MountOptions options;
    private final VolumeLock lock;
    private final MetaEngine engine;
    private final VolumeSetting setting;
    private @Nullable VolumeTree tree;
    private @Nullable Heartbeat heartbeat;
    private boolean closed;

    private Volume(MountOptions options, VolumeLock lock, MetaEngine engine, VolumeSetting setting) {
        this.options = options;
        this.lock = lock;
        this.engine = engine;
        this.setting = setting;
    }

    /** Makes a volume where there is none. */
    public static void create(URI metaUrl, VolumeFormat format) throws VolumeException {
        MetaUrl url = MetaUrl.parse(metaUrl);
        VolumeSetting setting;
        try {
            setting = VolumeSetting.of(format);
        } catch (IllegalArgumentException e) {
            throw new VolumeException(VolumeException.Kind.BAD_FORMAT, String.valueOf(e.getMessage()), e);
        }
        try (VolumeLock _ = lock(url, null);
                MetaEngine engine = engine(url, true)) {
            if (!NewVolume.create(engine, setting)) {
                throw new VolumeException(
                        VolumeException.Kind.EXISTS, "there is a volume in " + url.folder() + " already");
            }
        } catch (FileError e) {
            throw new VolumeException(VolumeException.Kind.ENGINE, "the volume was not made: " + e.getMessage(), e);
        }
    }

    /** Takes hold of the volume; fails with {@link VolumeHeldException} while another process has it. */
    public static Volume open(URI metaUrl, MountOptions options) throws VolumeException {
        MetaUrl url = MetaUrl.parse(metaUrl);
        if (!Files.isDirectory(url.folder())) {
            throw noVolume(url);
        }
        VolumeLock lock = lock(url, options.controlSocket());
        try {
            return open(url, options, lock);
        } catch (VolumeException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Volume open(MetaUrl url, MountOptions options, VolumeLock lock) throws VolumeException {
        MetaEngine engine = engine(url, false);
        try {
            byte[] json = engine.reads().setting();
            if (json == null) {
                throw noVolume(url);
            }
            VolumeSetting setting = VolumeSetting.parse(json);
            List<String> objections = setting.objections(options.readOnly());
            if (!objections.isEmpty()) {
                throw new VolumeException(
                        VolumeException.Kind.REFUSED, "the volume is not opened: " + objections.getFirst());
            }
            return new Volume(options, lock, engine, setting);
        } catch (FileError | IOException e) {
            engine.close();
            throw new VolumeException(
                    VolumeException.Kind.ENGINE, "the volume's settings cannot be read: " + e.getMessage(), e);
        } catch (VolumeException | RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    private static VolumeException noVolume(MetaUrl url) {
        return new VolumeException(VolumeException.Kind.NO_VOLUME, "there is no volume in " + url.folder());
    }

    private static VolumeLock lock(MetaUrl url, @Nullable Path controlSocket) throws VolumeException {
        try {
            return VolumeLock.take(url.folder(), controlSocket);
        } catch (IOException e) {
            throw new VolumeException(
                    VolumeException.Kind.ENGINE, "the lock of %s cannot be taken: %s".formatted(url.folder(), e), e);
        }
    }

    private static MetaEngine engine(MetaUrl url, boolean create) throws VolumeException {
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
                    kind, "the metadata in %s cannot be opened: %s".formatted(url.folder(), e.getMessage()), e);
        }
    }

    public VolumeFormat format() {
        return setting.format();
    }

    /**
     * Begins a session, once for each Volume.
     *
     * @param objects deletes the objects of slices that are gone
     * @param rewriter copies what a chunk of too many slices shows into a new slice
     */
    public VolumeTree mount(SliceObjects objects, ChunkRewriter rewriter) throws VolumeException {
        if (tree != null || closed) {
            throw new IllegalStateException("the volume is mounted already, or closed");
        }
        var session = SessionInfo.ofThisProcess(hostName(), options.mountPoint());
        try {
            VolumeTree mounted =
                    VolumeTree.mount(engine, VolumeTree.Settings.of(options.readOnly(), session), objects, rewriter);
            tree = mounted;
            if (options.beats()) {
                heartbeat = Heartbeat.start(mounted);
            }
            return mounted;
        } catch (FileError e) {
            throw new VolumeException(VolumeException.Kind.ENGINE, "no session could begin: " + e.getMessage(), e);
        }
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException _) {
            return "unknown"; // only people read it
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (lock;
                engine) {
            if (heartbeat != null) {
                heartbeat.close();
            }
            if (tree != null) {
                tree.close();
            }
        }
    }
}
