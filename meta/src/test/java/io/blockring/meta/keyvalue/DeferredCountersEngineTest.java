package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;

class DeferredCountersEngineTest extends MetaEngineContract {
    @Override
    protected MetaEngine open() {
        return TestStores.memoryWithDeferredCounters(new MemoryByteStore(true)).engine();
    }
}
