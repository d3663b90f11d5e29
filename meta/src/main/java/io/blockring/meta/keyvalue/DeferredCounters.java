package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.Counter;
import java.util.EnumMap;
import java.util.Map;

/** What usage counters have gathered and the store does not know yet. */
final class DeferredCounters {
    private final Map<Counter, Long> gathered = new EnumMap<>(Counter.class);

    synchronized void add(Map<Counter, Long> deltas) {
        deltas.forEach((counter, delta) -> gathered.merge(counter, delta, Long::sum));
    }

    synchronized long of(Counter counter) {
        return gathered.getOrDefault(counter, 0L);
    }

    /** Takes all of it, for the caller to write; what could not be written is added again. */
    synchronized Map<Counter, Long> take() {
        Map<Counter, Long> taken = new EnumMap<>(Counter.class);
        taken.putAll(gathered);
        gathered.clear();
        return taken;
    }
}
