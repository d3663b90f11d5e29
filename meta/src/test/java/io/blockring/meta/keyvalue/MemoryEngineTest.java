package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;

class MemoryEngineTest extends MetaEngineContract {
    @Override
    protected MetaEngine open() {
        return TestStores.memory(new MemoryByteStore(true)).engine();
    }
}
