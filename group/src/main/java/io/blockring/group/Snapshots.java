package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.ObjectStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a log short: a snapshot says what all records up to a number come to, and most of those records are then
 * replaced by tombstones.
 *
 * <p>The last {@link #RECORDS_KEPT} records below a snapshot stay, so that who follows the log needs no snapshot.
 */
final class Snapshots {
    /** A state this many records behind the newest snapshot is worth one. */
    static final int RECORDS_BETWEEN = 64;

    static final int RECORDS_KEPT = 64;
    private static final int SNAPSHOTS_KEPT = 2;
    private static final int TRIES = 5;

    private final LogStore store;
    private final LogKeys keys;

    private final int recordsBetween;
    private final int recordsKept;

    Snapshots(LogStore store, LogKeys keys) {
        this(store, keys, RECORDS_BETWEEN, RECORDS_KEPT);
    }

    Snapshots(LogStore store, LogKeys keys, int recordsBetween, int recordsKept) {
        this.store = store;
        this.keys = keys;
        this.recordsBetween = recordsBetween;
        this.recordsKept = recordsKept;
    }

    /** The state in the newest snapshot, or null. */
    @Nullable
    GroupState newest() throws ObjectStoreException, GroupLogException {
        for (int i = 0; i < TRIES; i++) {
            List<Long> numbers = numbers();
            if (numbers.isEmpty()) {
                return null;
            }
            Optional<byte[]> stored = store.read(keys.snapshot(numbers.getLast()));
            if (stored.isPresent()) {
                return decode(numbers.getLast(), stored.get());
            } // else a newer one has replaced it meanwhile
        }
        throw new GroupLogException(Kind.UNREACHABLE, "the snapshots of the group log went away while they were read");
    }

    private static GroupState decode(long number, byte[] stored) throws GroupLogException {
        GroupState state = RecordCodec.decodeState("snapshot " + number, stored);
        if (state.number() != number) {
            throw new GroupLogException(Kind.BROKEN, "snapshot " + number + " of the group log is another");
        }
        return state;
    }

    /**
     * Makes a snapshot of {@code state} if it is time. Stopped half way, it leaves nothing wrong behind, and the next
     * one completes it.
     *
     * @return whether one was made
     */
    boolean make(GroupState state) throws ObjectStoreException, GroupLogException {
        List<Long> older = numbers();
        long newest = older.isEmpty() ? 0 : older.getLast();
        if (state.unknownRecords() > 0 || state.number() < newest + recordsBetween) {
            return false;
        }
        create(state);
        long firstKept = state.number() - recordsKept + 1;
        for (long number = firstMaybeWhole(older); number < firstKept; number++) {
            bury(number);
        }
        for (int i = 0; i <= older.size() - SNAPSHOTS_KEPT; i++) {
            store.delete(keys.snapshot(older.get(i)));
        }
        return true;
    }

    /** Below the last snapshot but one all are buried; above, the last burial may have stopped half way. */
    private long firstMaybeWhole(List<Long> snapshots) {
        return snapshots.size() < 2 ? 1 : Math.max(1, snapshots.get(snapshots.size() - 2) - recordsKept + 1);
    }

    private void create(GroupState state) throws ObjectStoreException, GroupLogException {
        String key = keys.snapshot(state.number());
        try {
            store.createIfAbsent(key, RecordCodec.encode(state));
        } catch (ObjectStoreException e) {
            Optional<byte[]> there = store.read(key);
            if (there.isEmpty()) {
                throw e;
            }
            decode(state.number(), there.get());
        }
    }

    private void bury(long number) throws ObjectStoreException, GroupLogException {
        Optional<byte[]> stored = store.read(keys.record(number));
        if (stored.isEmpty()) {
            throw new GroupLogException(Kind.BROKEN, "record " + number + " of the group log is gone");
        }
        LogRecord record = RecordCodec.decode(number, stored.get());
        if (!record.isTombstone()) {
            store.replace(keys.record(number), RecordCodec.tombstone(record, stored.get()));
        }
    }

    private List<Long> numbers() throws ObjectStoreException {
        List<Long> numbers = new ArrayList<>();
        String after = null;
        List<String> page;
        do {
            page = store.list(keys.snapshots(), after, LogStore.MAX_PAGE);
            page.forEach(key -> keys.snapshotNumber(key).ifPresent(numbers::add));
            after = page.isEmpty() ? null : page.getLast();
        } while (page.size() == LogStore.MAX_PAGE);
        return numbers;
    }
}
