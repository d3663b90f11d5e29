package io.blockring.meta.tree;

import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;

class TreeJobsTest extends TreeJobsContract {
    @Override
    TestStores stores() {
        return TestStores.memory(new MemoryByteStore(false));
    }
}
