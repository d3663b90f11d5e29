package io.blockring.blockstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A store on a file system that cannot punch holes. */
class NoPunchStoreTest extends BlockStoreContract {
    @Override
    BlockStoreSettings settings(Path directory) {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), ROOM)), 0, 64 << 20);
    }

    @Override
    BlockStore open(BlockStoreSettings settings) throws IOException {
        return BlockStore.open(settings, new FaultyParts().withoutPunch().parts());
    }
}
