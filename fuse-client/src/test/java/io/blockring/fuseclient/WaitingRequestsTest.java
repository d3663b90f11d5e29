package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.fuseclient.FakeKernel.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens around requests that take long. */
class WaitingRequestsTest {
    private static final long ROOT = 1;
    private static final int O_RDWR = 2;
    private static final int MAX_THREADS = 8;
    private static final Duration A_WHILE = Duration.ofMillis(300);

    private final WaitingFileSystem fileSystem = new WaitingFileSystem();
    private final AtomicBoolean callerDies = new AtomicBoolean();
    private FakeKernel kernel;
    private long node;
    private long handle;

    @BeforeEach
    void mount() throws Exception {
        kernel = FakeKernel.mounted(
                fileSystem,
                FuseSettings.defaults().withThreads(2, MAX_THREADS),
                pid -> pid == FakeKernel.PID && callerDies.get());
        Reply created = kernel.ask(Opcode.CREATE, ROOT, O_RDWR, 0_100644, 0, 0, "f");
        node = created.buffer().getLong(0);
        handle = created.buffer().getLong((int) ReplyBody.ENTRY.byteSize());
    }

    @AfterEach
    void unmount() {
        fileSystem.letGo();
        kernel.close();
    }

    private byte[] readBody() {
        return FakeKernel.body(handle, 0L, 10, 0, 0L, 0, 0);
    }

    private long sendRead() {
        return kernel.send(Opcode.READ.code(), node, readBody());
    }

    private void sendInterrupt(long unique) {
        kernel.send(Opcode.INTERRUPT.code(), unique | 1, 0, FakeKernel.body(unique));
    }

    @Test
    void otherRequestsAreServedWhileAllButOneThreadWait() throws Exception {
        for (int i = 0; i < MAX_THREADS - 1; i++) {
            sendRead();
        }
        fileSystem.awaitBegun(MAX_THREADS - 1);

        assertThat(kernel.ask(Opcode.GETATTR, node, 0, 0, 0L).error()).isZero();
    }

    @Test
    void whatIsMoreThanThereAreThreadsWaitsInTheKernelAndIsServedThen() throws Exception {
        int count = MAX_THREADS + 3;
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(sendRead());
        }
        fileSystem.awaitBegun(MAX_THREADS);
        assertThat(kernel.hasReply(A_WHILE)).isFalse();

        fileSystem.letGo();

        List<Long> replied = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replied.add(kernel.receive().unique());
        }
        assertThat(replied).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void theReadOfACallerThatIsKilledEndsAtOnce() throws Exception {
        long unique = sendRead();
        fileSystem.awaitBegun(1);
        callerDies.set(true);

        sendInterrupt(unique);

        Reply reply = kernel.receive();
        assertThat(reply.unique()).isEqualTo(unique);
        assertThat(reply.error()).isEqualTo(-Errno.EINTR.code());
    }

    @Test
    void aSignalThatIsHandledDoesNotBreakARead() throws Exception {
        long unique = sendRead();
        fileSystem.awaitBegun(1);

        sendInterrupt(unique);

        assertThat(kernel.hasReply(A_WHILE)).isFalse();
        fileSystem.letGo();
        assertThat(kernel.receive().error()).isZero();
    }

    @Test
    void aCallerThatIsKilledAfterASignalItHandledIsSeenToo() throws Exception {
        long unique = sendRead();
        fileSystem.awaitBegun(1);
        sendInterrupt(unique);
        assertThat(kernel.hasReply(A_WHILE)).isFalse();

        callerDies.set(true); // the kernel sends one INTERRUPT only

        assertThat(kernel.receive().error()).isEqualTo(-Errno.EINTR.code());
    }

    @Test
    void anInterruptThatComesBeforeItsRequestIsNotLost() throws Exception {
        callerDies.set(true);
        long unique = kernel.nextUnique();
        sendInterrupt(unique);
        assertThat(kernel.ask(Opcode.GETATTR, node, 0, 0, 0L).unique()).isEqualTo(unique);

        long late = kernel.nextUnique() + 2; // not the next one
        sendInterrupt(late);
        kernel.ask(Opcode.GETATTR, node, 0, 0, 0L);
        assertThat(sendRead()).isEqualTo(late);

        assertThat(kernel.receive().error()).isEqualTo(-Errno.EINTR.code());
    }

    @Test
    void anInterruptNeverHitsTheNextRequestOfTheThread() throws Exception {
        callerDies.set(true);
        for (int i = 0; i < 20; i++) {
            long unique = sendRead();
            fileSystem.awaitBegun(1);
            sendInterrupt(unique);
            sendInterrupt(unique);
            assertThat(kernel.receive().error()).isEqualTo(-Errno.EINTR.code());
        }
        fileSystem.letGo();

        for (int i = 0; i < 20; i++) {
            assertThat(kernel.ask(Opcode.READ, node, readBody()).error()).isZero();
        }
        assertThat(fileSystem.interruptedCount()).isEqualTo(20);
    }

    @Test
    void closingTheMountLetsRunningRequestsEnd() throws Exception {
        long unique = sendRead();
        fileSystem.awaitBegun(1);
        Thread closer = Thread.ofVirtual().start(() -> kernel.mount().close());

        fileSystem.letGo();

        assertThat(kernel.receive().unique()).isEqualTo(unique);
        assertThat(closer.join(Mounts.END_DEADLINE)).isTrue();
        assertThat(kernel.mount().isServing()).isFalse();
    }
}
