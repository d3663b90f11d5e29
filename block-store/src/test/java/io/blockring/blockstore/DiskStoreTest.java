package io.blockring.blockstore;

import java.nio.file.Path;
import java.util.List;

/** A store without a memory tier. */
class DiskStoreTest extends BlockStoreContract {
    @Override
    BlockStoreSettings settings(Path directory) {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), ROOM)), 0, 64 << 20);
    }
}
