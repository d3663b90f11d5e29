package io.blockring.blockstore;

import java.nio.file.Path;
import java.util.List;

/** A store without a disk. */
class MemoryStoreTest extends BlockStoreContract {
    @Override
    BlockStoreSettings settings(Path directory) {
        return new BlockStoreSettings(List.of(), ROOM, 0);
    }
}
