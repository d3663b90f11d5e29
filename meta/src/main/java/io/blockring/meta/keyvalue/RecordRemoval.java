package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;
import java.util.Arrays;
import java.util.List;

/** Takes a whole volume out of a store that others use too, the settings last. */
final class RecordRemoval {
    /** Keys of one transaction. */
    private static final int AT_ONCE = 100;

    private static final byte[] FIRST = {};
    private static final byte[] END = {(byte) 0xFF};

    private RecordRemoval() {}

    /** Removes all keys of the volume; returns how many that were. */
    static long removeAll(ByteStore store) throws FileError {
        byte[] setting = KeyLayout.setting();
        long removed = 0;
        byte[] from = FIRST;
        List<KeyValue> some;
        do {
            some = store.latest().scan(from, END, AT_ONCE);
            List<byte[]> keys = some.stream()
                    .map(KeyValue::key)
                    .filter(key -> !Arrays.equals(key, setting))
                    .toList();
            remove(store, keys);
            removed += keys.size();
            from = some.isEmpty() ? from : KeyLayout.after(some.getLast().key());
        } while (some.size() == AT_ONCE);
        remove(store, List.of(setting));
        return removed + 1;
    }

    private static void remove(ByteStore store, List<byte[]> keys) throws FileError {
        try (ByteTransaction transaction = store.begin()) {
            for (byte[] key : keys) {
                transaction.delete(key);
            }
            if (transaction.commit() != CommitOutcome.COMMITTED) {
                throw new FileError(
                        FileError.Kind.IO, "the volume is in use: its records change while they are removed");
            }
        }
    }
}
