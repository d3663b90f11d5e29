package io.blockring.mount;

import io.blockring.cacheclient.BlockCache;
import io.blockring.filesystem.SliceBlocks;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.meta.volume.VolumeHeldException;
import io.blockring.mount.jobs.JobListener;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.mount.jobs.OpenVolume;
import io.blockring.mount.jobs.RemoteJobs;
import io.blockring.mount.jobs.VolumeJobs;
import io.blockring.mount.jobs.VolumeStore;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Passphrase;
import io.blockring.proto.jobs.JobRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume that a command works on: opened in this process for as long as that takes, or asked of the mount that holds
 * it, where its metadata take only one process.
 */
public final class VolumeAccess implements JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeAccess.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final VolumeJobs jobs;

    private VolumeAccess(Volume volume, @Nullable Credentials credentials, Passphrase passphrase)
            throws IOException, VolumeException {
        try {
            parts.push(volume);
            BlockCodec codec = VolumeStore.codec(volume.format(), passphrase);
            ObjectStore store = opened(VolumeStore.open(volume, credentials));
            var format = volume.format();
            var layout = new VolumeLayout(format.name(), format.hashPrefix(), codec.compression(), codec.form());
            var blocks = new SliceBlocks(opened(new BlockCache(store, layout, codec)), format.blockBytes());
            VolumeTree tree = volume.mount(blocks, blocks);
            jobs = new VolumeJobs(new OpenVolume(tree, format, store, layout, OpenVolume.NO_KERNEL));
        } catch (IOException | VolumeException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Work on the volume whose metadata are at {@code meta}.
     *
     * @param readOnly nothing at all is written; a mount that holds the volume is asked all the same
     */
    public static JobRunner of(URI meta, @Nullable Credentials credentials, Passphrase passphrase, boolean readOnly)
            throws IOException, VolumeException {
        try {
            var options = new MountOptions(readOnly, "", null, true);
            return new VolumeAccess(Volume.open(meta, options), credentials, passphrase);
        } catch (VolumeHeldException e) {
            return at(e.controlSocket().orElseThrow(() -> e));
        }
    }

    /** Work on the volume of the mount that listens on {@code socket}. */
    public static JobRunner at(Path socket) {
        return new RemoteJobs(ControlChannel.connect(socket));
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public void run(JobRequest request, JobListener listener) throws io.blockring.meta.FileError, ObjectStoreException {
        jobs.run(request, listener);
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.error("a part of the volume was not closed well", e);
            }
        }
    }
}
