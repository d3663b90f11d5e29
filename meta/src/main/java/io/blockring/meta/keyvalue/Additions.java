package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.ValueCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a transaction adds to numbers in a store that cannot add by itself: it reads them when it is committed. */
final class Additions {
    private final SortedMap<byte[], Long> deltas = new TreeMap<>(Arrays::compareUnsigned);

    void add(byte[] key, long delta) {
        deltas.merge(key, delta, Long::sum);
    }

    /** Reads the numbers in one round trip, and writes the sums. */
    void writeTo(ByteTransaction transaction) throws FileError {
        if (deltas.isEmpty()) {
            return;
        }
        var keys = new ArrayList<>(deltas.keySet());
        List<byte[]> values = new ArrayList<>(transaction.getAll(keys));
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            byte[] value = values.get(i);
            long now = value == null ? 0 : decode("counter", key, value, ValueCodec::counter);
            transaction.put(key, ValueCodec.counter(now + deltas.getOrDefault(key, 0L)));
        }
    }
}
