package io.blockring.blockstore;

import java.nio.file.Path;
import java.util.List;

/** A store with memory over two directories. */
class TwoTierStoreTest extends BlockStoreContract {
    @Override
    BlockStoreSettings settings(Path directory) {
        return new BlockStoreSettings(
                List.of(
                        new CacheDirectory(directory.resolve("a"), ROOM / 2),
                        new CacheDirectory(directory.resolve("b"), ROOM / 2)),
                2 << 20,
                64 << 20);
    }
}
