package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.RunningProgram;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks of programs behind two mounts of one volume, whose metadata are in Redis. */
class LocksAcrossMountsTest {
    /** Waits for a lock, says that it has it, and keeps it until it is killed. */
    private static final String HOLD = """
            import fcntl, signal, sys
            f = open(sys.argv[1], 'r+')
            (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX)
            print('held', flush=True)
            signal.pause()
            """;

    /** Asks for a lock without waiting; exit status 3 when there is none. */
    private static final String TRY = """
            import fcntl, sys
            f = open(sys.argv[1], 'r+')
            try: (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError: sys.exit(3)
            """;

    /** Waits for a lock until an alarm rings: exit status 4. */
    private static final String ALARM = """
            import fcntl, signal, sys
            def ring(*_): raise TimeoutError
            signal.signal(signal.SIGALRM, ring)
            f = open(sys.argv[1], 'r+')
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            try: (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX)
            except TimeoutError: sys.exit(4)
            """;

    /** Adds 1 to a number many times, each time under the lock of the package filelock. */
    private static final String FILELOCK = """
            import sys, filelock
            for _ in range(int(sys.argv[2])):
                with filelock.FileLock(sys.argv[1] + '.lock'):
                    n = int(open(sys.argv[1]).read())
                    open(sys.argv[1], 'w').write(str(n + 1))
            """;

    private static final List<String> KINDS = List.of("flock", "fcntl");
    private static final int REFUSED = 3;
    private static final int ALARMED = 4;
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A session counts as dead after a minute; the other mount looks every 12 seconds. */
    private static final Duration SESSION_END = Duration.ofSeconds(100);

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static TestCluster cluster;
    private static String meta;
    private static Path first;
    private static Path second;

    private final List<RunningProgram> programs = new ArrayList<>();

    @BeforeAll
    static void mountAVolumeTwice() throws IOException {
        RealMounts.require();
        redis = RedisServer.start(folder.resolve("redis"));
        cluster = TestCluster.start();
        meta = cluster.createVolume("lab", redis.url(1).toString());
        first = cluster.mount(meta);
        second = cluster.mount(meta);
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    @BeforeEach
    void makeTheFile() throws IOException {
        Files.writeString(first.resolve("file"), "content");
    }

    @AfterEach
    void killAll() {
        programs.stream().filter(RunningProgram::isAlive).forEach(RunningProgram::kill);
    }

    private static List<String> python(String program, Path mount, String kind) {
        return List.of("python3", "-c", program, mount.resolve("file").toString(), kind);
    }

    private RunningProgram start(Path mount, String kind) throws IOException {
        RunningProgram holder = RunningProgram.start(
                "holder", python(HOLD, mount, kind), Map.of(), Files.createTempFile(folder, "holder", ".log"));
        programs.add(holder);
        return holder;
    }

    private static boolean holds(RunningProgram program) {
        return program.output().contains("held");
    }

    private static void awaitHeld(RunningProgram program) {
        Await.until("the lock is held", SOON, () -> holds(program));
    }

    private static int run(String program, Path mount, String kind) {
        return Program.run(Map.of(), null, python(program, mount, kind)).exitStatus();
    }

    @Test
    void whoWaitsBehindAnotherMountGetsTheLockOfAHolderThatIsKilled() throws IOException {
        for (String kind : KINDS) {
            RunningProgram holder = start(first, kind);
            awaitHeld(holder);
            assertThat(run(TRY, first, kind)).as(kind).isEqualTo(REFUSED);
            assertThat(run(TRY, second, kind)).as(kind).isEqualTo(REFUSED);
            RunningProgram waiter = start(second, kind);
            Await.holds("it waits", Duration.ofSeconds(1), () -> !holds(waiter));
            holder.kill();
            awaitHeld(waiter);
            assertThat(run(TRY, first, kind)).as(kind).isEqualTo(REFUSED);
            waiter.kill();
            Await.until("the lock is free", SOON, () -> run(TRY, first, kind) == 0);
        }
    }

    @Test
    void anAlarmBreaksOffTheWaitForALockBehindAnotherMount() throws IOException {
        for (String kind : KINDS) {
            RunningProgram holder = start(first, kind);
            awaitHeld(holder);
            assertThat(run(ALARM, second, kind)).as(kind).isEqualTo(ALARMED);
            holder.kill();
            Await.until("the lock is free", SOON, () -> run(TRY, second, kind) == 0);
        }
    }

    @Test
    void whatIsDoneUnderALockIsDoneByOneAtATime() throws IOException {
        Files.writeString(first.resolve("n"), "0");
        String script = "for i in $(seq 15); do flock file sh -c 'n=$(cat n); echo $((n + 1)) > n'; done";
        for (Path mount : List.of(first, second)) {
            programs.add(RunningProgram.start(
                    "adder",
                    List.of("sh", "-c", "cd " + mount + " && " + script),
                    Map.of(),
                    Files.createTempFile(folder, "adder", ".log")));
        }
        Await.until("both have added", Program.LIMIT, () -> programs.stream().noneMatch(RunningProgram::isAlive));
        assertThat(programs).allSatisfy(adder -> assertThat(adder.output()).isEmpty());
        assertThat(second.resolve("n")).hasContent("30");
    }

    @Test
    @Tag("long") // waits until the session of the killed mount counts as dead
    void theLocksOfAMountThatIsKilledEndWithItsSession() throws IOException {
        Path third = cluster.mount(meta);
        for (String kind : KINDS) {
            awaitHeld(start(third, kind));
            assertThat(run(TRY, second, kind)).as(kind).isEqualTo(REFUSED);
        }
        cluster.mountProcess(third).kill();
        for (String kind : KINDS) {
            assertThat(run(TRY, second, kind))
                    .as("the session lives a little longer")
                    .isEqualTo(REFUSED);
        }
        for (String kind : KINDS) {
            RunningProgram waiter = start(second, kind);
            Await.until("the session's locks end", SESSION_END, () -> holds(waiter));
        }
    }

    @Test
    @Tag("long") // needs the package index of Python
    void thePackageFilelockLocksBetweenMounts() throws IOException {
        Path packages = folder.resolve("packages");
        List<String> install =
                List.of("python3", "-m", "pip", "install", "-q", "--target", packages.toString(), "filelock");
        assumeThat(Program.run(Map.of(), null, install).exitStatus())
                .as("the package filelock can be installed by pip")
                .isZero();
        Files.writeString(first.resolve("count"), "0");
        for (Path mount : List.of(first, second)) {
            programs.add(RunningProgram.start(
                    "adder",
                    List.of("python3", "-c", FILELOCK, mount.resolve("count").toString(), "100"),
                    Map.of("PYTHONPATH", packages.toString()),
                    Files.createTempFile(folder, "adder", ".log")));
        }
        Await.until("both have added", Program.LIMIT, () -> programs.stream().noneMatch(RunningProgram::isAlive));
        assertThat(programs).allSatisfy(adder -> assertThat(adder.output()).isEmpty());
        assertThat(second.resolve("count")).hasContent("200");
    }
}
