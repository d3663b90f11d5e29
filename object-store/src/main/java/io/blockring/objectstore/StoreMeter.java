package io.blockring.objectstore;

import static java.util.Objects.requireNonNull;

import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.StoreUsage.Calls;
import io.blockring.objectstore.StoreUsage.Method;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts the calls of one store or of several. */
public final class StoreMeter {
    /** Up to about 35 minutes. */
    static final int LATENCY_BUCKETS = 32;

    private final Map<Method, Counters> methods = new EnumMap<>(Method.class);

    public StoreMeter() {
        for (Method method : Method.values()) {
            methods.put(method, new Counters());
        }
    }

    /** What was counted until now. */
    public StoreUsage usage() {
        Map<Method, Calls> usage = new EnumMap<>(Method.class);
        methods.forEach((method, counters) -> usage.put(method, counters.calls()));
        return new StoreUsage(usage);
    }

    void begun(Method method) {
        counters(method).begun.increment();
    }

    void ended(Method method, long nanos) {
        Counters counters = counters(method);
        counters.nanos.add(nanos);
        counters.latencies.get(bucketOf(nanos)).increment();
    }

    void moved(Method method, long bytes) {
        counters(method).bytes.add(bytes);
    }

    void failed(Method method, Kind kind) {
        counters(method).failed(kind);
    }

    static int bucketOf(long nanos) {
        long micros = Math.max(1, TimeUnit.NANOSECONDS.toMicros(nanos));
        return Math.min(LATENCY_BUCKETS - 1, Long.SIZE - 1 - Long.numberOfLeadingZeros(micros));
    }

    private Counters counters(Method method) {
        return requireNonNull(methods.get(method));
    }

    private static final class Counters {
        private final LongAdder begun = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder nanos = new LongAdder();
        private final Map<Kind, LongAdder> errors = new EnumMap<>(Kind.class);
        private final List<LongAdder> latencies =
                Stream.generate(LongAdder::new).limit(LATENCY_BUCKETS).toList();

        Counters() {
            for (Kind kind : Kind.values()) {
                errors.put(kind, new LongAdder());
            }
        }

        void failed(Kind kind) {
            requireNonNull(errors.get(kind)).increment();
        }

        Calls calls() {
            Map<Kind, Long> failures = new EnumMap<>(Kind.class);
            errors.forEach((kind, count) -> failures.put(kind, count.sum()));
            List<Long> buckets = new ArrayList<>();
            latencies.forEach(bucket -> buckets.add(bucket.sum()));
            return new Calls(begun.sum(), bytes.sum(), failures, nanos.sum(), buckets);
        }
    }
}
