package io.blockring.cachenode;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What a node has done since it started. */
final class NodeCounters {
    /** What is counted; the names, in lower case, are those of the control service. */
    enum Count {
        /** Bytes of blocks sent to readers, by where they were. */
        SENT_MEMORY_BYTES,
        SENT_DISK_BYTES,
        SENT_PEER_BYTES,
        SENT_STORE_BYTES,
        /** Bytes of blocks sent to nodes that own them now; not among those above. */
        SENT_TO_NODES_BYTES,
        /** Of all that was sent: bytes that never were in this process's memory. */
        SENDFILE_BYTES,
        REQUESTS,
        HITS,
        MISSES,
        BUSY,
        NOT_OWNER,
        BAD_REQUESTS,
        CONNECTIONS,
        REFUSED_CONNECTIONS,
        SLOW_READERS_CUT,
        /** Fetches of a block, however many readers waited for it. */
        FILLS,
        FILL_FAILURES,
        /** Fetches that had no room to be kept. */
        FILLS_NOT_KEPT,
        /** Requests to the object store and the bytes that came. */
        STORE_GETS,
        STORE_BYTES,
        /** Bytes from earlier owners. */
        PEER_BYTES,
        OFFERS_KEPT,
        OFFERS_REFUSED
    }

    private final LongAdder[] counts = new LongAdder[Count.values().length];
    private final Map<String, LongAdder> byName = new TreeMap<>();

    NodeCounters() {
        int next = 0;
        for (Count count : Count.values()) {
            var adder = new LongAdder();
            counts[next++] = adder;
            byName.put(count.name().toLowerCase(Locale.ROOT), adder);
        }
    }

    void add(Count count, long amount) {
        counts[place(count)].add(amount);
    }

    void increment(Count count) {
        add(count, 1);
    }

    long get(Count count) {
        return counts[place(count)].sum();
    }

    Map<String, Long> all() {
        var all = new TreeMap<String, Long>();
        byName.forEach((name, adder) -> all.put(name, adder.sum()));
        return all;
    }

    @SuppressWarnings("EnumOrdinal") // An index into an array of this process, kept nowhere.
    private static int place(Count count) {
        return count.ordinal();
    }
}
