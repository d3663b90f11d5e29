package io.blockring.objectstore;

import static java.util.Objects.requireNonNull;

import io.blockring.objectstore.ObjectStoreException.Kind;
import java.util.List;
import java.util.Map;

/** What was asked of a store until now. */
public record StoreUsage(Map<Method, Calls> methods) {
    public enum Method {
        GET,
        PUT,
        HEAD,
        LIST,
        DELETE
    }

    /**
     * The calls of one method; a call that was repeated counts each time.
     *
     * @param begun calls that were made
     * @param bytes of contents read, or of objects put
     * @param errors failures by kind, those of contents too
     * @param nanos time in all calls that have ended; a GET ends when its first byte can be read
     * @param latencies how many calls took less than 2^(i+1) microseconds and no less than 2^i (the first: less than 2;
     *     the last: anything longer)
     */
    public record Calls(long begun, long bytes, Map<Kind, Long> errors, long nanos, List<Long> latencies) {
        public Calls {
            errors = Map.copyOf(errors);
            latencies = List.copyOf(latencies);
        }
    }

    public StoreUsage {
        methods = Map.copyOf(methods);
    }

    /** The calls of one method. */
    public Calls of(Method method) {
        return requireNonNull(methods.get(method), "a usage has all methods");
    }
}
