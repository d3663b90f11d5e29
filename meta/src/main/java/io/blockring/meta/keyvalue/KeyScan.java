package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaScan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** A walk over the records whose keys begin with a prefix, in the order of their keys. */
final class KeyScan<T> implements MetaScan<T> {
    /** Pairs that one step takes into memory. */
    private static final int STEP = 1024;

    private final ByteReads bytes;
    private final byte[] end;
    private final Predicate<KeyValue> shown;
    private final Function<KeyValue, T> decoder;
    private byte[] from;
    private boolean ended;

    KeyScan(ByteReads bytes, byte[] prefix, Predicate<KeyValue> shown, Function<KeyValue, T> decoder) {
        this.bytes = bytes;
        this.from = prefix;
        this.end = KeyLayout.behind(prefix);
        this.shown = shown;
        this.decoder = decoder;
    }

    @Override
    public List<T> next() throws FileError {
        var records = new ArrayList<T>();
        while (!ended && records.isEmpty()) {
            List<KeyValue> pairs = bytes.scan(from, end, STEP);
            for (KeyValue pair : pairs) {
                if (decode("record", pair.key(), pair, shown::test)) {
                    records.add(decode("record", pair.key(), pair, decoder));
                }
                from = KeyLayout.after(pair.key());
            }
            ended = pairs.size() < STEP;
        }
        return records;
    }
}
