package io.blockring.mount;

import io.blockring.cacheclient.BlockCache;
import io.blockring.filesystem.Clocks;
import io.blockring.filesystem.FileSystem;
import io.blockring.filesystem.FileSystemLimits;
import io.blockring.filesystem.SliceBlocks;
import io.blockring.filesystem.VolumeFileSystem;
import io.blockring.fuseclient.FuseMount;
import io.blockring.fuseclient.FuseSettings;
import io.blockring.fuseclient.MountPoint;
import io.blockring.meta.AccessTimes;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.cache.TreeCache;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.mount.RunningMounts.RunningMount;
import io.blockring.mount.jobs.JobService;
import io.blockring.mount.jobs.OpenVolume;
import io.blockring.mount.jobs.VolumeJobs;
import io.blockring.mount.jobs.VolumeStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import io.grpc.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume at a mount point, until it is unmounted or closed.
 *
 * <p>The parts are opened from the metadata up to the kernel, and closed the other way round: first the kernel is let
 * go, then what was written is made durable, then the session ends.
 */
public final class Mount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mount.class);

    /** How long a mount is waited for in one go; there is no end to it. */
    private static final Duration AWAIT_STEP = Duration.ofHours(1);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final @Nullable FuseMount fuse;
    private final FileSystem files;
    private final MountDescriptions descriptions;

    private Mount(MountSettings settings, Places places, boolean kernel) throws IOException, VolumeException {
        var running = new RunningMounts(places);
        running.createFolder();
        Path socket = running.socketOf(settings.mountPoint());
        try {
            Volume volume = opened(Volume.open(
                    settings.metaUrl(),
                    new MountOptions(settings.readOnly(), settings.mountPoint().toString(), socket, true)));
            VolumeFormat format = volume.format();
            BlockCodec codec = VolumeStore.codec(format, settings.passphrase());
            ObjectStore store = opened(VolumeStore.open(volume, settings.credentials()));
            var layout = new VolumeLayout(format.name(), format.hashPrefix(), codec.compression(), codec.form());
            probe(store, layout, settings);
            BlockCache cache = opened(CacheOfVolume.open(settings, format, store, layout, codec));
            var blocks = new SliceBlocks(cache, format.blockBytes());
            // Metadata of one process are asked without a round trip: see docs/decisions/0008.
            var known = new TreeCache(volume.isExclusive() ? CacheTimes.OFF : settings.cacheTimes(), System::nanoTime);
            VolumeTree tree = volume.mount(blocks, blocks, known);
            AccessTimes accessTimes = settings.readOnly() ? AccessTimes.NOATIME : settings.accessTimes();
            files = opened(new VolumeFileSystem(
                    known.over(tree), cache, FileSystemLimits.DEFAULT, Clocks.SYSTEM, accessTimes));
            fuse = kernel ? serveKernel(settings, settings.fuseWithTrust().withAcl(volume.aclEnabled()), format) : null;
            descriptions = new MountDescriptions(settings, volume, cache, files);
            var jobs = new VolumeJobs(new OpenVolume(tree, format, store, layout, kernelCache()));
            Server control = ControlChannel.serve(
                    List.of(
                            new MountControl(descriptions::describe, new FileBlocks(tree), layout),
                            new JobService(jobs)),
                    socket);
            parts.push(control::shutdownNow);
            var self = new RunningMount(
                    settings.mountPoint().toString(),
                    ProcessHandle.current().pid(),
                    socket.toString(),
                    settings.shownMetaUrl(),
                    format.name());
            running.add(self);
            parts.push(() -> running.remove(self));
        } catch (IOException | VolumeException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Mounts a volume.
     *
     * @throws VolumeException there is no such volume, another process has it, or it uses what we do not implement
     * @throws IOException the object store, the mount point or the control socket cannot be used
     */
    public static Mount start(MountSettings settings, Places places) throws IOException, VolumeException {
        return new Mount(settings, places, true);
    }

    /**
     * The same without the kernel: {@link #fileSystem} is the only way in, and others find it as they find a mount.
     */
    public static Mount startWithoutKernel(MountSettings settings, Places places) throws IOException, VolumeException {
        return new Mount(settings, places, false);
    }

    /** A store that cannot be used is a failure now, not at the first read; with a group, one that is down is not. */
    private static void probe(ObjectStore store, VolumeLayout layout, MountSettings settings)
            throws ObjectStoreException {
        try {
            store.head(layout.uuidKey());
        } catch (ObjectStoreException e) {
            if (settings.group().isEmpty() || e.kind() != ObjectStoreException.Kind.RETRY) {
                throw e;
            }
            LOG.warn("the object store does not answer; what the group has can be read: {}", e.getMessage());
        }
    }

    private FuseMount serveKernel(MountSettings settings, FuseSettings kernel, VolumeFormat format) throws IOException {
        MountPoint mountPoint = MountPoint.mount(settings.mountPoint(), format.name(), kernel);
        try {
            return opened(FuseMount.serve(mountPoint.takeDescriptor(), files, kernel));
        } finally {
            opened(mountPoint); // closed before the service, so that no caller meets a dead mount
        }
    }

    private FileSystem.KernelCache kernelCache() {
        return fuse == null ? OpenVolume.NO_KERNEL : fuse.kernel();
    }

    /** The files of the volume, for callers in this process. */
    public FileSystem fileSystem() {
        return files;
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /** One line about the mount for whoever started it. */
    public String summary() {
        return descriptions.summary();
    }

    /** Waits until somebody unmounts it. */
    public void awaitUnmount() throws InterruptedException {
        while (fuse != null && !fuse.awaitEnd(AWAIT_STEP)) {
            LOG.debug("still mounted");
        }
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.error("a part of the mount was not closed well", e);
            }
        }
    }
}
