package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.MortalByteStore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of locks, in one session and between two. */
class LocksTest {
    private static final long INODE = 9;
    private static final LockedInode WHOLE = new LockedInode(LockKind.WHOLE, INODE);
    private static final LockedInode RANGES = new LockedInode(LockKind.RANGES, INODE);

    private final MemoryByteStore store = new MemoryByteStore(false);
    private final MortalByteStore mortal = MortalByteStore.of(store);
    private TestVolume volume;
    private VolumeTree tree;
    private VolumeTree other;
    private FileLocks here;
    private FileLocks there;
    private MetaReads reads;

    @BeforeEach
    void mountTwice() throws FileError {
        volume = new TestVolume(mortal.stores(), 0);
        tree = volume.mount();
        other = volume.mount();
        here = tree.locks();
        there = other.locks();
        reads = volume.stores.engine().reads();
    }

    private static RangeLock shared(long start, long end) {
        return new RangeLock(false, 1, start, end);
    }

    private static RangeLock exclusive(long start, long end) {
        return new RangeLock(true, 1, start, end);
    }

    private static boolean lock(FileLocks locks, long owner, boolean exclusive) throws FileError {
        return locks.lock(INODE, owner, exclusive, false);
    }

    @Test
    void manyShareALockAndOneHasItAlone() throws Exception {
        assertThat(lock(here, 1, false)).isTrue();
        assertThat(lock(here, 2, false)).isTrue();
        assertThat(lock(there, 1, false))
                .as("an equal number in another session")
                .isTrue();
        assertThat(lock(there, 3, true)).isFalse();
        here.unlock(INODE, 1);
        here.unlock(INODE, 2);
        assertThat(lock(there, 3, true)).isFalse();
        there.unlock(INODE, 1);
        assertThat(lock(there, 3, true)).isTrue();
        assertThat(lock(here, 1, false)).isFalse();
        assertThat(reads.locks(WHOLE)).isEqualTo(Map.of(new LockOwner(2, 3), List.of(RangeLock.whole(true))));
    }

    @Test
    void aLockIsMadeAnotherInPlace() throws Exception {
        assertThat(lock(here, 1, false)).isTrue();
        assertThat(lock(here, 1, true)).isTrue();
        assertThat(lock(there, 1, false)).isFalse();
        assertThat(lock(here, 1, false)).isTrue();
        assertThat(lock(there, 1, false)).isTrue();
        assertThat(lock(here, 1, true)).isFalse();
        assertThat(reads.locks(WHOLE)).as("kept by whom does not wait").containsKey(new LockOwner(1, 1));
    }

    @Test
    void twoThatWaitToShareNoLongerAreNotInEachOthersWay() throws Exception {
        assertThat(lock(here, 1, false)).isTrue();
        assertThat(lock(there, 1, false)).isTrue();
        assertThat(here.lock(INODE, 1, true, true)).isFalse();
        assertThat(there.lock(INODE, 1, true, true)).isTrue();
        there.unlock(INODE, 1);
        assertThat(here.lock(INODE, 1, true, true)).isTrue();
    }

    @Test
    void rangesAreCutAndJoined() throws Exception {
        assertThat(here.lockRange(INODE, 1, exclusive(10, 19))).isTrue();
        assertThat(here.lockRange(INODE, 1, exclusive(20, 29))).isTrue();
        assertThat(own()).containsExactly(exclusive(10, 29));
        assertThat(here.lockRange(INODE, 1, shared(15, 24))).isTrue();
        assertThat(own()).containsExactly(exclusive(10, 14), shared(15, 24), exclusive(25, 29));
        here.unlockRange(INODE, 1, 12, 17);
        assertThat(own()).containsExactly(exclusive(10, 11), shared(18, 24), exclusive(25, 29));
        assertThat(here.lockRange(INODE, 1, exclusive(0, RangeLock.LAST))).isTrue();
        assertThat(own()).containsExactly(exclusive(0, RangeLock.LAST));
        here.unlockRange(INODE, 1, 5, 5);
        assertThat(own()).containsExactly(exclusive(0, 4), exclusive(6, RangeLock.LAST));
        here.unlockRange(INODE, 1, 0, RangeLock.LAST);
        assertThat(reads.locks(RANGES)).isEmpty();
    }

    private List<RangeLock> own() throws FileError {
        return reads.locks(RANGES).getOrDefault(new LockOwner(1, 1), List.of());
    }

    @Test
    void whoIsInTheWayIsToldByNumberOnlyInItsOwnSession() throws Exception {
        assertThat(here.lockRange(INODE, 1, new RangeLock(true, 4242, 10, 19))).isTrue();
        assertThat(here.inTheWay(INODE, 1, exclusive(0, 99))).isNull();
        assertThat(here.inTheWay(INODE, 2, shared(0, 99))).isEqualTo(new RangeLock(true, 4242, 10, 19));
        assertThat(there.inTheWay(INODE, 1, shared(0, 99))).isEqualTo(new RangeLock(true, 0, 10, 19));
        assertThat(there.inTheWay(INODE, 1, shared(20, 99))).isNull();
        assertThat(there.lockRange(INODE, 1, shared(19, 20))).isFalse();
        assertThat(there.lockRange(INODE, 1, shared(20, 20))).isTrue();
    }

    @Test
    void theTwoKindsDoNotKnowOfEachOther() throws Exception {
        assertThat(lock(here, 1, true)).isTrue();
        assertThat(there.lockRange(INODE, 1, exclusive(0, RangeLock.LAST))).isTrue();
        assertThat(here.mayHaveRanges(INODE, 1)).isFalse();
        assertThat(there.mayHaveRanges(INODE, 1)).isTrue();
    }

    @Test
    void aSessionThatEndsHasNoLocksLeft() throws Exception {
        assertThat(lock(here, 1, true)).isTrue();
        assertThat(here.lockRange(INODE, 1, exclusive(0, 9))).isTrue();
        assertThat(there.lockRange(INODE, 1, exclusive(10, 19))).isTrue();
        tree.close();
        assertThat(reads.locks(WHOLE)).isEmpty();
        assertThat(reads.locks(RANGES)).containsOnlyKeys(new LockOwner(2, 1));
        assertThatThrownBy(() -> lock(here, 1, true)).isInstanceOf(FileError.class);
    }

    @Test
    void theLocksOfADeadSessionEndOnceItsTimeHasPassed() throws Exception {
        assertThat(lock(here, 1, true)).isTrue();
        volume.beat(4, other);
        assertThat(lock(there, 1, true)).as("48 seconds are not dead").isFalse();
        volume.beat(3, other);
        assertThat(lock(there, 1, true)).isTrue();
        assertThat(Scans.all(volume.stores.engine().scans().locked(1))).isEmpty();
    }

    @Test
    void theLocksOfADeadSessionOfAnotherProgramEndToo() throws Exception {
        var foreign = new LockOwner(77, 5);
        try (MetaTransaction transaction = volume.stores.engine().begin()) {
            transaction.putSession(new SessionRecord(77, 1));
            transaction.putLocks(WHOLE, Map.of(foreign, List.of(RangeLock.whole(true))));
            transaction.putLocks(RANGES, Map.of(foreign, List.of(exclusive(0, 9))));
            transaction.commit();
        }
        assertThat(lock(here, 1, false)).isFalse();
        volume.beat(4, tree);
        assertThat(lock(here, 1, false)).isTrue();
        assertThat(reads.locks(RANGES)).isEmpty();
    }

    @Test
    void aLockThatWasTakenAwayIsTakenAgain() throws Exception {
        assertThat(lock(here, 1, true)).isTrue();
        volume.beat(10, other);
        assertThat(lock(there, 1, true)).isTrue();
        assertThat(lock(here, 1, true))
                .as("what the session remembers is not what is so")
                .isFalse();
        there.unlock(INODE, 1);
        assertThat(lock(here, 1, true)).isTrue();
        assertThat(lock(there, 1, true)).isFalse();
    }

    @Test
    void whatCouldNotBeGivenBackIsGivenBackLater() throws Exception {
        assertThat(here.lockRange(INODE, 1, exclusive(0, 9))).isTrue();
        mortal.dieAfter(0);
        assertThatThrownBy(() -> here.unlockRange(INODE, 1, 0, RangeLock.LAST)).isInstanceOf(FileError.class);
        mortal.revive();
        assertThat(there.lockRange(INODE, 1, exclusive(0, 9))).isFalse();
        assertThat(here.lockRange(INODE, 1, exclusive(20, 29))).isTrue();
        assertThat(own()).as("the new lock, and not what was given back").containsExactly(exclusive(20, 29));
        mortal.dieAfter(0);
        assertThatThrownBy(() -> here.unlockRange(INODE, 1, 0, RangeLock.LAST)).isInstanceOf(FileError.class);
        mortal.revive();
        tree.heartbeat();
        assertThat(reads.locks(RANGES)).isEmpty();
        assertThat(here.mayHaveRanges(INODE, 1)).isFalse();
    }

    @Test
    void lostAnswersDoNoHarm() throws Exception {
        store.loseAnswers(new java.util.Random(1));
        for (int i = 0; i < 50; i++) {
            assertThat(here.lockRange(INODE, 1, exclusive(0, 9))).isTrue();
            assertThat(there.lockRange(INODE, 1, exclusive(0, 9))).isFalse();
            here.unlockRange(INODE, 1, 0, 9);
            assertThat(there.lockRange(INODE, 1, exclusive(0, 9))).isTrue();
            there.unlockRange(INODE, 1, 0, 9);
        }
        store.loseAnswers(null);
        assertThat(reads.locks(RANGES)).isEmpty();
    }
}
