package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks of two processes on one real mount. */
class ProgramLocksTest {
    /** Takes a lock, says so, and keeps it until its input ends. */
    private static final String HOLD = """
            import fcntl, sys
            f = open(sys.argv[1], 'r' if sys.argv[2].endswith('r') else 'r+')
            if sys.argv[2] == 'flock': fcntl.flock(f, fcntl.LOCK_EX)
            elif sys.argv[2] == 'ofd':
                import struct
                fcntl.fcntl(f, 38, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
            else: fcntl.lockf(f, fcntl.LOCK_SH if sys.argv[2] == 'fcntlr' else fcntl.LOCK_EX)
            print('held', flush=True)
            sys.stdin.read()
            """;

    /** Asks for a lock without waiting; its exit code says whether it got one. */
    private static final String TRY = """
            import fcntl, sys
            f = open(sys.argv[1], 'r+')
            try: (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError: sys.exit(3)
            """;

    /** Waits for a lock until an alarm rings. */
    private static final String ALARM = """
            import fcntl, signal, sys
            def ring(*_): raise TimeoutError
            signal.signal(signal.SIGALRM, ring)
            f = open(sys.argv[1], 'r+')
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            try: (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX)
            except TimeoutError: sys.exit(4)
            """;

    private final List<Process> processes = new ArrayList<>();
    private Mounts mounts;
    private Path file;

    @BeforeEach
    void mount(@TempDir Path directory) throws Exception {
        Mounts.requireFuse();
        Assumptions.assumeTrue(
                new ProcessBuilder("python3", "-c", "import fcntl").start().waitFor() == 0,
                "python3 is missing: apt-get install python3");
        mounts = Mounts.of(new MemoryFileSystem(), directory, FuseSettings.defaults());
        file = Files.writeString(mounts.path("file"), "content");
    }

    @AfterEach
    void unmount() throws Exception {
        for (Process process : processes) {
            Programs.kill(process);
        }
        if (mounts != null) {
            mounts.close();
        }
    }

    private Process start(String program, String kind) throws Exception {
        Process process = new ProcessBuilder("python3", "-c", program, file.toString(), kind)
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        return process;
    }

    private Process hold(String kind) throws Exception {
        Process holder = start(HOLD, kind);
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        return holder;
    }

    private int run(String program, String kind) throws Exception {
        Process process = start(program, kind);
        assertThat(process.waitFor(Programs.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        return process.exitValue();
    }

    private static final int REFUSED = 3;

    private static final int ALARMED = 4;

    @Test
    void aLockIsExclusiveBetweenProcessesAndEndsWithItsHolder() throws Exception {
        for (String kind : List.of("flock", "fcntl")) {
            Process holder = hold(kind);
            assertThat(run(TRY, kind)).as(kind).isEqualTo(REFUSED);
            holder.getOutputStream().close();
            assertThat(holder.waitFor(Programs.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            Deadline.await(() -> run(TRY, kind) == 0);
        }
    }

    @Test
    void whoWaitsGetsTheLockOfAHolderThatIsKilled() throws Exception {
        for (String kind : List.of("flock", "fcntl", "fcntlr", "ofd")) {
            Process holder = hold(kind);
            Process waiter = start(HOLD, kind.equals("flock") ? "flock" : "fcntl");
            assertThat(waiter.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(waiter.inputReader().ready()).as("waits for %s", kind).isFalse();
            Programs.kill(holder);
            assertThat(waiter.inputReader().readLine()).as(kind).isEqualTo("held");
            Programs.kill(waiter);
            Deadline.await(() -> run(TRY, kind) == 0);
        }
    }

    @Test
    void anAlarmBreaksAWaitOff() throws Exception {
        for (String kind : List.of("flock", "fcntl")) {
            Process holder = hold(kind);
            assertThat(run(ALARM, kind)).as(kind).isEqualTo(ALARMED);
            Programs.kill(holder);
            Deadline.await(() -> run(TRY, kind) == 0);
        }
    }

    @Test
    void whoWaitsCanBeKilled() throws Exception {
        for (String kind : List.of("flock", "fcntl")) {
            Process holder = hold(kind);
            Process waiter = start(HOLD, kind);
            assertThat(waiter.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
            Programs.kill(waiter);
            Programs.kill(holder);
            Deadline.await(() -> run(TRY, kind) == 0);
        }
    }

    @Test
    void theProgramFlockWaitsForItsTurn() throws Exception {
        String command = "for i in $(seq 20); do flock %s sh -c 'n=$(cat %s); echo $((n + 1)) > %s'; done"
                .formatted(file, mounts.path("n"), mounts.path("n"));
        Files.writeString(mounts.path("n"), "0");
        List<Process> adders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Process adder = new ProcessBuilder("sh", "-c", command).inheritIO().start();
            processes.add(adder);
            adders.add(adder);
        }
        for (Process adder : adders) {
            assertThat(adder.waitFor(Programs.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
        assertThat(mounts.path("n")).hasContent("60");
    }
}
