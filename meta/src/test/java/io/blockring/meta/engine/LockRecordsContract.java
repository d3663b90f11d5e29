package io.blockring.meta.engine;

import static io.blockring.meta.engine.Scans.all;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.FileError;
import io.blockring.meta.RangeLock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every engine keeps of locks. */
interface LockRecordsContract {
    long INODE = 0x0102_0304_0506_0708L;
    LockOwner ONE = new LockOwner(4, -2);
    LockOwner TWO = new LockOwner(4, 7);
    LockOwner FOREIGN = new LockOwner(44, 7);
    LockedInode WHOLE = new LockedInode(LockKind.WHOLE, INODE);
    LockedInode RANGES = new LockedInode(LockKind.RANGES, INODE);
    List<RangeLock> SHARED = List.of(RangeLock.whole(false));
    List<RangeLock> SOME = List.of(new RangeLock(true, 4242, 0, 9), new RangeLock(false, -1, 1L << 40, RangeLock.LAST));

    /** An engine without any record at the start of a test. */
    MetaEngine engine();

    private void write(LockedInode inode, Map<LockOwner, List<RangeLock>> locks) throws FileError {
        try (MetaTransaction transaction = engine().begin()) {
            transaction.locks(inode);
            transaction.putLocks(inode, locks);
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    @Test
    default void locksAreReadAsTheyWereWritten() throws FileError {
        assertThat(engine().reads().locks(WHOLE)).isEmpty();
        write(WHOLE, Map.of(ONE, SHARED, FOREIGN, SHARED));
        write(RANGES, Map.of(ONE, SOME));
        assertThat(engine().reads().locks(WHOLE)).isEqualTo(Map.of(ONE, SHARED, FOREIGN, SHARED));
        assertThat(engine().reads().locks(RANGES)).isEqualTo(Map.of(ONE, SOME));
        write(WHOLE, Map.of(TWO, SHARED));
        write(RANGES, Map.of());
        assertThat(engine().reads().locks(WHOLE)).isEqualTo(Map.of(TWO, SHARED));
        assertThat(engine().reads().locks(RANGES)).isEmpty();
    }

    @Test
    default void whatASessionHasLockedIsFound() throws FileError {
        write(WHOLE, Map.of(ONE, SHARED, FOREIGN, SHARED));
        write(RANGES, Map.of(TWO, SOME));
        assertThat(all(engine().scans().locked(4))).containsExactlyInAnyOrder(WHOLE, RANGES);
        assertThat(all(engine().scans().locked(44))).containsExactly(WHOLE);
        write(WHOLE, Map.of(FOREIGN, SHARED));
        write(RANGES, Map.of(ONE, SOME, TWO, SOME));
        write(RANGES, Map.of(ONE, SOME));
        assertThat(all(engine().scans().locked(4))).containsExactly(RANGES);
        write(RANGES, Map.of());
        assertThat(all(engine().scans().locked(4))).isEmpty();
    }

    @Test
    default void locksThatChangedBeforeTheCommitAreAConflict() throws FileError {
        write(WHOLE, Map.of(FOREIGN, SHARED));
        try (MetaTransaction transaction = engine().begin()) {
            transaction.locks(WHOLE);
            write(WHOLE, Map.of(FOREIGN, SHARED, TWO, SHARED));
            transaction.putLocks(WHOLE, Map.of(FOREIGN, SHARED, ONE, SHARED));
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.CONFLICT);
        }
        assertThat(engine().reads().locks(WHOLE)).containsOnlyKeys(FOREIGN, TWO);
    }

    @Test
    default void locksAssumedWronglyAreNoticedAndRightlyAreNot() throws FileError {
        write(WHOLE, Map.of(FOREIGN, SHARED));
        try (MetaTransaction transaction = engine().begin()) {
            transaction.assumeLocks(WHOLE, Map.of());
            boolean asked = !transaction.locks(WHOLE).isEmpty();
            transaction.putLocks(WHOLE, Map.of(ONE, SHARED, FOREIGN, SHARED));
            assertThat(transaction.commit()).isEqualTo(asked ? CommitOutcome.COMMITTED : CommitOutcome.CONFLICT);
        }
        Map<LockOwner, List<RangeLock>> now = engine().reads().locks(WHOLE);
        try (MetaTransaction transaction = engine().begin()) {
            transaction.assumeLocks(WHOLE, now);
            assertThat(transaction.locks(WHOLE)).isEqualTo(now);
            transaction.putLocks(WHOLE, Map.of(TWO, SHARED));
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
        assertThat(engine().reads().locks(WHOLE)).containsOnlyKeys(TWO);
    }
}
