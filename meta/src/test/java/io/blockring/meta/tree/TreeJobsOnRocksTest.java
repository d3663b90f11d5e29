package io.blockring.meta.tree;

import io.blockring.meta.keyvalue.TestStores;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class TreeJobsOnRocksTest extends TreeJobsContract {
    @TempDir
    Path folder;

    @Override
    TestStores stores() throws Exception {
        return TestStores.rocks(folder);
    }
}
