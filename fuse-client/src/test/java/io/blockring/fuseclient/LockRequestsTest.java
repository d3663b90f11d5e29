package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.fuseclient.FakeKernel.Reply;
import io.blockring.meta.RangeLock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests for locks as the kernel sends them, and those that wait. */
class LockRequestsTest {
    private static final long ROOT = 1;
    private static final int O_RDWR = 2;
    private static final int MAX_THREADS = 4;
    private static final Duration A_WHILE = Duration.ofMillis(300);

    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private FakeKernel kernel;
    private long node;
    private long handle;

    @BeforeEach
    void mount() throws Exception {
        kernel = FakeKernel.mounted(fileSystem, FuseSettings.defaults().withThreads(2, MAX_THREADS), _ -> false);
        Reply created = kernel.ask(Opcode.CREATE, ROOT, O_RDWR, 0_100644, 0, 0, "f");
        node = created.buffer().getLong(0);
        handle = created.buffer().getLong((int) ReplyBody.ENTRY.byteSize());
    }

    @AfterEach
    void unmount() {
        kernel.close();
    }

    private byte[] lock(long owner, int type, long start, long end, int flags) {
        return FakeKernel.body(handle, owner, start, end, type, FakeKernel.PID, flags, 0);
    }

    private int ask(Opcode opcode, long owner, int type, long start, long end) {
        return kernel.ask(opcode.code(), node, lock(owner, type, start, end, 0)).error();
    }

    private int flock(Opcode opcode, long owner, int type) {
        return kernel.ask(opcode.code(), node, lock(owner, type, 0, RangeLock.LAST, LockOperations.WHOLE_FILE))
                .error();
    }

    /** Sends a request for an exclusive lock that somebody has to wait for. */
    private long sendWait(long owner) {
        return kernel.send(Opcode.SETLKW.code(), node, lock(owner, LockOperations.EXCLUSIVE, 0, 9, 0));
    }

    @Test
    void aLockThatIsTakenIsRefusedAtOnceToWhoDoesNotWait() {
        assertThat(ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9)).isZero();
        assertThat(ask(Opcode.SETLK, 2, LockOperations.SHARED, 9, 9)).isEqualTo(-Errno.EAGAIN.code());
        assertThat(ask(Opcode.SETLK, 2, LockOperations.SHARED, 10, 10)).isZero();
        assertThat(ask(Opcode.SETLK, 1, LockOperations.UNLOCK, 0, 9)).isZero();
        assertThat(ask(Opcode.SETLK, 2, LockOperations.SHARED, 9, 9)).isZero();
        assertThat(flock(Opcode.SETLK, 3, LockOperations.EXCLUSIVE))
                .as("of the other kind")
                .isZero();
        assertThat(flock(Opcode.SETLK, 4, LockOperations.SHARED)).isEqualTo(-Errno.EAGAIN.code());
    }

    @Test
    void whoIsInTheWayIsTold() {
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 5, 9);

        ByteBuffer found = kernel.ask(Opcode.GETLK.code(), node, lock(2, LockOperations.SHARED, 0, 99, 0))
                .buffer();
        assertThat(found.getLong()).isEqualTo(5);
        assertThat(found.getLong()).isEqualTo(9);
        assertThat(found.getInt()).isEqualTo(LockOperations.EXCLUSIVE);
        assertThat(found.getInt()).isEqualTo(FakeKernel.PID);
        ByteBuffer none = kernel.ask(Opcode.GETLK.code(), node, lock(1, LockOperations.SHARED, 0, 99, 0))
                .buffer();
        assertThat(none.getInt(16)).isEqualTo(LockOperations.UNLOCK);
    }

    @Test
    void moreLocksAreWaitedForThanThereAreThreadsAndAllAreGotOneAfterTheOther() {
        assertThat(ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9)).isZero();
        List<Long> waiting = new ArrayList<>();
        for (int i = 0; i < 3 * MAX_THREADS; i++) {
            waiting.add(sendWait(100 + i));
        }
        assertThat(kernel.hasReply(A_WHILE)).isFalse();

        long holder = 1;
        List<Long> got = new ArrayList<>();
        while (got.size() < waiting.size()) {
            long unlock = kernel.send(Opcode.SETLKW.code(), node, lock(holder, LockOperations.UNLOCK, 0, 9, 0));
            Reply first = kernel.receive();
            Reply second = kernel.receive();
            Reply taken = first.unique() == unlock ? second : first;
            assertThat(List.of(first.unique(), second.unique())).contains(unlock);
            assertThat(taken.error()).isZero();
            assertThat(waiting).contains(taken.unique());
            got.add(taken.unique());
            holder = 100L + waiting.indexOf(taken.unique());
        }
        assertThat(got).doesNotHaveDuplicates();
    }

    @Test
    void anySignalBreaksAWaitOff() {
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);
        long waiting = sendWait(2);
        assertThat(kernel.hasReply(A_WHILE)).isFalse();

        kernel.send(Opcode.INTERRUPT.code(), waiting | 1, 0, FakeKernel.body(waiting));

        Reply reply = kernel.receive();
        assertThat(reply.unique()).isEqualTo(waiting);
        assertThat(reply.error()).isEqualTo(-Errno.EINTR.code());
        assertThat(ask(Opcode.SETLK, 1, LockOperations.UNLOCK, 0, 9)).isZero();
        assertThat(ask(Opcode.SETLK, 3, LockOperations.EXCLUSIVE, 0, 9))
                .as("who broke off has nothing")
                .isZero();
    }

    @Test
    void aSignalThatComesBeforeTheWaitIsNotLost() {
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);
        long late = kernel.nextUnique() + 2;
        kernel.send(Opcode.INTERRUPT.code(), late | 1, 0, FakeKernel.body(late));
        kernel.ask(Opcode.GETATTR, node, 0, 0, 0L);

        assertThat(sendWait(2)).isEqualTo(late);

        assertThat(kernel.receive().error()).isEqualTo(-Errno.EINTR.code());
    }

    @Test
    void aCloseEndsThePosixLocksOfItsOwnerAndOfNobodyElse() {
        ask(Opcode.SETLK, 1, LockOperations.SHARED, 0, 9);
        ask(Opcode.SETLK, 2, LockOperations.SHARED, 0, 9);
        flock(Opcode.SETLK, 1, LockOperations.EXCLUSIVE);

        assertThat(kernel.ask(Opcode.FLUSH, node, handle, 0, 0, 1L).error()).isZero();

        assertThat(ask(Opcode.SETLK, 2, LockOperations.EXCLUSIVE, 0, 9)).isZero();
        assertThat(flock(Opcode.SETLK, 3, LockOperations.SHARED)).isEqualTo(-Errno.EAGAIN.code());
    }

    @Test
    void aReleaseEndsTheBsdLockAndThePosixLocksThatAreTheHandlesOwn() {
        flock(Opcode.SETLK, 1, LockOperations.EXCLUSIVE);
        ask(Opcode.SETLK, 7, LockOperations.EXCLUSIVE, 0, 9);
        Reply other = kernel.ask(Opcode.OPEN, node, O_RDWR, 0);

        assertThat(kernel.ask(Opcode.RELEASE, node, handle, 0, LockOperations.RELEASE_UNLOCKS, 1L)
                        .error())
                .isZero();

        handle = other.buffer().getLong(0);
        assertThat(flock(Opcode.SETLK, 2, LockOperations.EXCLUSIVE)).isZero();
        assertThat(ask(Opcode.SETLK, 2, LockOperations.EXCLUSIVE, 0, 9)).isZero();
    }

    @Test
    void theReleaseOfOneHandleLeavesLocksThatTheOwnerTookAgainThroughAnother() {
        long first = handle;
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);
        handle = kernel.ask(Opcode.OPEN, node, O_RDWR, 0).buffer().getLong(0);
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);

        kernel.ask(Opcode.RELEASE, node, first, 0, 0, 0L);

        assertThat(ask(Opcode.SETLK, 2, LockOperations.SHARED, 0, 9)).isEqualTo(-Errno.EAGAIN.code());
    }

    @Test
    void whatIsNoLockIsRefused() {
        assertThat(ask(Opcode.SETLK, 1, 3, 0, 9)).isEqualTo(-Errno.EINVAL.code());
        assertThat(ask(Opcode.SETLK, 1, LockOperations.SHARED, 9, 0)).isEqualTo(-Errno.EINVAL.code());
        assertThat(ask(Opcode.SETLKW, 1, LockOperations.UNLOCK, -1, 0)).isEqualTo(-Errno.EINVAL.code());
        assertThat(ask(Opcode.GETLK, 1, LockOperations.UNLOCK, 0, 9)).isEqualTo(-Errno.EINVAL.code());
    }

    @Test
    void onlySoManyWaitAtOnce() {
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);
        for (int i = 0; i < LockWaits.MOST; i++) {
            sendWait(100 + i);
        }
        sendWait(9_999);
        // Readers are several: which one of them is too many is not said.
        assertThat(kernel.receive().error()).isEqualTo(-Errno.ENOLCK.code());
        assertThat(kernel.hasReply(A_WHILE)).isFalse();
    }

    @Test
    void theEndOfTheMountBreaksAllWaitsOff() throws Exception {
        ask(Opcode.SETLK, 1, LockOperations.EXCLUSIVE, 0, 9);
        long waiting = sendWait(2);
        assertThat(kernel.hasReply(A_WHILE)).isFalse();

        Thread closer = Thread.ofVirtual().start(() -> kernel.mount().close());

        Reply reply = kernel.receive();
        assertThat(reply.unique()).isEqualTo(waiting);
        assertThat(reply.error()).isEqualTo(-Errno.ENOTCONN.code());
        assertThat(closer.join(Mounts.END_DEADLINE)).isTrue();
    }

    @Test
    void aMountThatWritesNothingLeavesLocksToTheKernel() {
        FuseSettings readOnly = FuseSettings.defaults().withReadOnly(true);
        long locks = InitFlag.POSIX_LOCKS.bit() | InitFlag.FLOCK_LOCKS.bit();

        assertThat(InitFlag.wanted(readOnly) & locks).isZero();
        assertThat(InitFlag.wanted(FuseSettings.defaults()) & locks).isEqualTo(locks);
    }
}
