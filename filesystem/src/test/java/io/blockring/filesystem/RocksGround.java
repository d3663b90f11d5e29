package io.blockring.filesystem;

import io.blockring.meta.FileTree;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import java.net.URI;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A tree in RocksDB. */
final class RocksGround implements Ground {
    private final URI url;
    private @Nullable Volume volume;

    RocksGround(Path folder) {
        url = URI.create("rocksdb://" + folder + "?durability=process");
        try {
            Volume.create(
                    url, new VolumeFormat("vol", new UUID(0, 1), "mem", "", MemoryTree.BLOCK_BYTES, false, 0, 0, 0));
        } catch (VolumeException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public FileTree open(SliceBlocks blocks) {
        close();
        try {
            volume = Volume.open(url, new MountOptions(false, "", null, false));
            return volume.mount(blocks, blocks);
        } catch (VolumeException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (volume != null) {
            volume.close();
            volume = null;
        }
    }
}
