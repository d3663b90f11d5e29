package io.blockring.meta.volume;

import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.FileError;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.StoreKeys;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.dump.Load;
import io.blockring.meta.engine.ChangeListener;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.tree.NewVolume;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.tree.VolumeSetting;
import io.blockring.meta.tree.VolumeTree;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a volume, held by this process until it is closed.
 *
 * <p>{@link #open} says what the volume is; {@link #mount} begins a session once whoever calls has made, from {@link
 * #format}, what deletes objects and copies data. Closing ends the session and lets go of the metadata.
 */
public final class Volume implements AutoCloseable {
    /** The forms of URLs of metadata, for people. */
    public static final String URL_FORMS =
            "rocksdb:///FOLDER, redis://HOST/DATABASE, tikv://PD,PD/NAME or etcd://HOST,HOST/NAME";

    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final MountOptions options;
    private final HeldMetadata metadata;
    private final VolumeSetting setting;
    private @Nullable VolumeTree tree;
    private @Nullable Heartbeat heartbeat;
    private boolean closed;

    private Volume(MountOptions options, HeldMetadata metadata, VolumeSetting setting) {
        this.options = options;
        this.metadata = metadata;
        this.setting = setting;
    }

    /** Makes a volume where there is none, with all sums that JuiceFS gives a new one today. */
    public static void create(URI metaUrl, VolumeFormat format) throws VolumeException {
        create(metaUrl, format, Upkeep.TODAY);
    }

    /** Makes a volume where there is none; {@code upkeep} says which clients may use it. */
    public static void create(URI metaUrl, VolumeFormat format, Upkeep upkeep) throws VolumeException {
        create(metaUrl, format, upkeep, false);
    }

    /** The same, perhaps with access control lists. */
    public static void create(URI metaUrl, VolumeFormat format, Upkeep upkeep, boolean acl) throws VolumeException {
        MetaUrl url = MetaUrl.parse(metaUrl);
        VolumeSetting setting;
        try {
            VolumeSetting plain = VolumeSetting.of(format, upkeep);
            setting = acl ? plain.withAcl() : plain;
        } catch (IllegalArgumentException e) {
            throw new VolumeException(VolumeException.Kind.BAD_FORMAT, String.valueOf(e.getMessage()), e);
        }
        try (HeldMetadata metadata = HeldMetadata.create(url)) {
            if (!NewVolume.create(metadata.engine(), setting)) {
                throw new VolumeException(VolumeException.Kind.EXISTS, "there is a volume in " + url + " already");
            }
        } catch (FileError e) {
            throw new VolumeException(VolumeException.Kind.ENGINE, "the volume was not made: " + e.getMessage(), e);
        }
    }

    /** Takes hold of the volume; fails with {@link VolumeHeldException} while another process has it to itself. */
    public static Volume open(URI metaUrl, MountOptions options) throws VolumeException {
        MetaUrl url = MetaUrl.parse(metaUrl);
        HeldMetadata metadata = HeldMetadata.open(url, options.controlSocket());
        boolean opened = false;
        try {
            var volume = new Volume(options, metadata, setting(url, metadata.engine(), options));
            opened = true;
            return volume;
        } finally {
            if (!opened) {
                metadata.close();
            }
        }
    }

    private static VolumeSetting setting(MetaUrl url, MetaEngine engine, MountOptions options) throws VolumeException {
        try {
            byte[] json = engine.reads().setting();
            if (json == null) {
                throw HeldMetadata.noVolume(url);
            }
            VolumeSetting setting = VolumeSetting.parse(json);
            List<String> objections = setting.objections(options.readOnly());
            if (!objections.isEmpty()) {
                boolean readable = setting.objections(true).isEmpty();
                throw new VolumeException(
                        readable ? VolumeException.Kind.READ_ONLY : VolumeException.Kind.REFUSED,
                        "the volume is not opened: " + objections.getFirst());
            }
            return setting;
        } catch (FileError | IOException e) {
            throw new VolumeException(
                    VolumeException.Kind.ENGINE, "the volume's settings cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a volume of a dump where there is none: see {@link Load}.
     *
     * @param progress is told now and then how many entries were loaded
     */
    public static Load.Result load(URI metaUrl, InputStream dump, LongConsumer progress)
            throws VolumeException, FileError, IOException {
        try (HeldMetadata metadata = HeldMetadata.create(MetaUrl.parse(metaUrl))) {
            return Load.from(dump, metadata.engine(), progress);
        }
    }

    /** Takes the records of this volume away, the settings last, and closes it. Its objects are the caller's to delete. */
    public void destroy() throws VolumeException {
        closed = true;
        try (metadata) {
            metadata.destroy();
        } catch (FileError | IOException e) {
            throw new VolumeException(
                    VolumeException.Kind.ENGINE, "the metadata were not deleted: " + e.getMessage(), e);
        }
    }

    /** The records, for work on all of them that needs no session. */
    public MetaEngine engine() {
        return metadata.engine();
    }

    /** The URL of metadata without what stands before the host, which may be a password that holds an @ itself. */
    public static String shownUrl(String url) {
        return url.replaceFirst("://[^/]*@", "://");
    }

    public VolumeFormat format() {
        return setting.format();
    }

    /** Whether no other process can have the metadata open at the same time. */
    public boolean isExclusive() {
        return metadata.engine().exclusive();
    }

    /** Since when the metadata engine keeps old versions of records; empty for one that keeps none. */
    public Optional<Instant> versionsSince() throws VolumeException {
        try {
            return Optional.ofNullable(metadata.engine().versionsSince());
        } catch (FileError e) {
            throw new VolumeException(
                    VolumeException.Kind.ENGINE,
                    "since when versions of records are kept is not known: " + e.getMessage(),
                    e);
        }
    }

    /** Whether the volume keeps access control lists. */
    public boolean aclEnabled() {
        return setting.aclEnabled();
    }

    /** The keys to its object store that its settings have, if any; those that cannot be read are a failure. */
    public Optional<StoreKeys> storeKeys() throws VolumeException {
        try {
            return setting.storeKeys();
        } catch (IOException e) {
            throw new VolumeException(
                    VolumeException.Kind.NO_KEYS, "the keys to the volume's object store: " + e.getMessage(), e);
        }
    }

    /**
     * Begins a session, once for each Volume.
     *
     * @param objects deletes the objects of slices that are gone
     * @param rewriter copies what a chunk of too many slices shows into a new slice
     */
    public VolumeTree mount(SliceObjects objects, ChunkRewriter rewriter) throws VolumeException {
        return mount(objects, rewriter, ChangeListener.NONE);
    }

    /** As {@link #mount(SliceObjects, ChunkRewriter)}; {@code listener} hears of all that this session changes. */
    public VolumeTree mount(SliceObjects objects, ChunkRewriter rewriter, ChangeListener listener)
            throws VolumeException {
        if (tree != null || closed) {
            throw new IllegalStateException("the volume is mounted already, or closed");
        }
        var session = SessionInfo.ofThisProcess(hostName(), options.mountPoint());
        try {
            VolumeTree mounted = VolumeTree.mount(
                    metadata.engine(),
                    VolumeTree.Settings.of(options.readOnly(), session),
                    objects,
                    rewriter,
                    listener);
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
        try (metadata) {
            if (heartbeat != null) {
                heartbeat.close();
            }
            if (tree != null) {
                tree.close();
            }
        }
    }
}
