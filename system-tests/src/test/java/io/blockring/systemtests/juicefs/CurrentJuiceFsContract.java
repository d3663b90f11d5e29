package io.blockring.systemtests.juicefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.RunningProgram;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.systemtests.s3faults.Fault;
import io.blockring.systemtests.s3faults.Fault.Match;
import io.blockring.systemtests.s3faults.S3FaultProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A current JuiceFS and ours mount one volume with today's defaults, made by either: each reads what the other wrote,
 * while the object store fails now and then, and each finds whole what both left. Locks, access control lists and quotas
 * of one hold for the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CurrentJuiceFsContract {
    /** Why a test is skipped. */
    static final String NOT_SHOWN = "JUICEFS names no current juicefs: not shown";

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int REFUSED = 3;
    private static final int FAILING_PERCENT = 10;

    /** Takes a lock of a kind and keeps it until it is killed; exit status 3 when somebody has it. */
    private static final String LOCK = """
            import fcntl, signal, sys
            f = open(sys.argv[1], 'r+')
            try: (fcntl.flock if sys.argv[2] == 'flock' else fcntl.lockf)(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError: sys.exit(3)
            print('held', flush=True)
            if sys.argv[3] == 'keep': signal.pause()
            """;

    private TestCluster cluster;
    private S3FaultProxy proxy;
    private CurrentJuiceFs juiceFs;
    private int volumes;
    private Path folder;

    private final List<Path> theirMounts = new ArrayList<>();
    private String meta;

    /** Starts what keeps the metadata. */
    abstract void startServer(Path folder) throws IOException;

    /** Where the metadata of a volume are; each has its own number. */
    abstract String url(int volume);

    abstract void stopServer();

    /** Waits until a killed mount loses no sums; engines that write them with what they sum need not. */
    void beforeKill() {}

    /** Until all that both have counted is written. */
    final void awaitSums() {
        Await.until(
                "the sums are written",
                SOON,
                () -> cluster.cachectl("quota", "check", meta, "--strict").exitStatus() == 0);
    }

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        folder = temporary;
        juiceFs = CurrentJuiceFs.named(folder);
        RealMounts.require();
        startServer(folder);
        cluster = TestCluster.start();
        proxy = S3FaultProxy.start(URI.create(cluster.s3Endpoint()));
    }

    @AfterAll
    void endAll() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
        if (proxy != null) {
            proxy.close();
        }
        stopServer();
    }

    @BeforeEach
    void takeADatabase() {
        volumes++;
        meta = url(volumes);
    }

    @AfterEach
    void endTheirs() {
        proxy.heal();
        theirMounts.forEach(juiceFs::umount);
    }

    private List<String> formatOptions(String name) {
        return List.of(
                "format",
                meta,
                name,
                "--storage",
                "minio",
                "--bucket",
                proxy.endpoint() + "/" + TestCluster.BUCKET,
                "--access-key",
                TestCluster.keys().get("BLOCKRING_ACCESS_KEY"),
                "--secret-key",
                TestCluster.keys().get("BLOCKRING_SECRET_KEY"));
    }

    private void formatByUs(String name, String... more) {
        var options = new ArrayList<>(formatOptions(name));
        options.addAll(List.of(more));
        cluster.cachectl(options.toArray(String[]::new)).orFail();
    }

    private Path mountTheirs() throws IOException {
        Path mount = juiceFs.mount(meta, "theirs-" + volumes);
        theirMounts.add(mount);
        return mount;
    }

    @Test
    void bothWriteToAVolumeOfOursWhileTheStoreFailsNowAndThen() throws IOException {
        formatByUs("ours");
        workOnOneVolume();
    }

    @Test
    void bothWriteToAVolumeOfJuiceFsWhileTheStoreFailsNowAndThen() throws IOException {
        juiceFs.run(formatOptions("theirs").toArray(String[]::new)).orFail();
        workOnOneVolume();
    }

    private void workOnOneVolume() throws IOException {
        // A volume that JuiceFS has made has no sum of its root.
        cluster.cachectl("quota", "check", meta, "--strict", "--repair").orFail();
        Path ours = cluster.mount(meta);
        Path theirs = mountTheirs();
        Files.createDirectory(ours.resolve("shared"));
        var turns = new InTurns(
                new InTurns.Mounted(ours.resolve("shared")), new InTurns.Mounted(theirs.resolve("shared")), 5);
        turns.take(40);
        var random = new Random(3);
        proxy.injectSometimes(Match.all(), FAILING_PERCENT, random, Fault.SLOW_DOWN);
        proxy.injectSometimes(Match.method("GET"), FAILING_PERCENT, random, new Fault.Cut(1000));
        proxy.injectSometimes(Match.method("PUT"), FAILING_PERCENT, random, new Fault.DropAnswer());
        turns.take(40);
        beforeKill();
        cluster.mountProcess(ours).kill();
        Program.run(Map.of(), null, List.of("umount", "-l", ours.toString())).orFail();
        cluster.remount(ours, meta);
        turns.take(40);
        proxy.heal();
        Files.createDirectories(ours.resolve("d/e"));
        Files.write(ours.resolve("d/file"), Pattern.bytes(1, 5 << 20));
        Files.createLink(theirs.resolve("hard"), theirs.resolve("d/file"));
        Files.createSymbolicLink(theirs.resolve("link"), Path.of("d"));
        Files.writeString(theirs.resolve("gone"), "x");
        InTurns.awaitThere(ours.resolve("gone"));
        Files.delete(ours.resolve("gone"));

        assertSummedUpTheSame(ours, theirs);
        cluster.umount(ours);
        juiceFs.umount(theirs);
        assertWhole();
    }

    /** What {@code summary} counts in the whole tree: bytes in use, directories and files. */
    private void assertSummedUpTheSame(Path ours, Path theirs) {
        JsonNode mine = cluster.json("summary", ours.toString(), "--strict", "--depth", "0");
        String root = juiceFs.run("summary", "--strict", "--csv", "--depth", "0", theirs.toString())
                .orFail()
                .out()
                .lines()
                .filter(line -> line.startsWith("/,"))
                .findFirst()
                .orElseThrow();
        assertThat(root)
                .isEqualTo("/,%s,%s,%s"
                        .formatted(
                                mine.path("space").asText(),
                                mine.path("directories").asText(),
                                mine.path("files").asText()));
    }

    /** Each checks the volume that nobody has mounted, and dumps the same. */
    private void assertWhole() throws IOException {
        Path ours = folder.resolve("ours-" + volumes + ".json");
        Path theirs = folder.resolve("theirs-" + volumes + ".json");
        String copy = url(++volumes);
        cluster.cachectl("fsck", meta).orFail();
        cluster.cachectl("volume", "dump", meta, ours.toString(), "--keep-secret-key")
                .orFail();
        for (List<String> arguments : List.of(
                List.of("fsck", meta),
                List.of("fsck", meta, "--path", "/", "-r", "--sync-dir-stat"),
                List.of("gc", meta),
                List.of("dump", meta, theirs.toString()),
                List.of("load", copy, ours.toString()),
                List.of("fsck", copy))) {
            juiceFs.run(arguments.toArray(String[]::new)).orFail();
        }
        assertThat(withoutSetting(ours)).isEqualTo(withoutSetting(theirs));
        cluster.cachectl("fsck", copy).orFail();
        cluster.cachectl("gc", meta).orFail();
    }

    /** Each client writes the settings that it knows. */
    private JsonNode withoutSetting(Path dump) throws IOException {
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(Files.readAllBytes(dump));
        json.remove("Setting");
        return json;
    }

    private List<String> locker(Path mount, String kind, String then) {
        return List.of("python3", "-c", LOCK, mount.resolve("file").toString(), kind, then);
    }

    @Test
    void aLockThatOneHoldsIsRefusedToTheOther() throws IOException {
        formatByUs("locks");
        Path ours = cluster.mount(meta);
        Path theirs = mountTheirs();
        Files.writeString(ours.resolve("file"), "content");
        InTurns.awaitThere(theirs.resolve("file"));
        for (String kind : List.of("flock", "fcntl")) {
            for (List<Path> pair : List.of(List.of(ours, theirs), List.of(theirs, ours))) {
                List<String> other = locker(pair.get(1), kind, "end");
                RunningProgram holder = RunningProgram.start(
                        "holder",
                        locker(pair.get(0), kind, "keep"),
                        Map.of(),
                        Files.createTempFile(folder, "holder", ".log"));
                try {
                    Await.until("the lock is held", SOON, () -> holder.output().contains("held"));
                    assertThat(Program.run(Map.of(), null, other).exitStatus())
                            .as(kind + " " + pair)
                            .isEqualTo(REFUSED);
                } finally {
                    holder.kill();
                }
                Await.until(
                        "the lock is free",
                        SOON,
                        () -> Program.run(Map.of(), null, other).exitStatus() == 0);
            }
        }
    }

    private String listOf(Path file) {
        return Program.run(
                        Map.of(), null, List.of("getfacl", "-n", "--absolute-names", "--omit-header", file.toString()))
                .orFail()
                .out();
    }

    private void setList(Path file, String... options) {
        var command = new ArrayList<>(List.of("setfacl"));
        command.addAll(List.of(options));
        command.add(file.toString());
        Program.run(Map.of(), null, command).orFail();
    }

    @Test
    void accessControlListsOfOneAreThoseOfTheOther() throws IOException {
        formatByUs("lists", "--enable-acl");
        Path ours = cluster.mount(meta);
        Path theirs = mountTheirs();
        Files.createDirectory(ours.resolve("d"));
        InTurns.awaitThere(theirs.resolve("d"));
        setList(ours.resolve("d"), "-d", "-m", "u::rwx,g::rx,o::-,u:12345:rwx");
        Await.until(
                "they see our default list",
                SOON,
                () -> listOf(theirs.resolve("d")).equals(listOf(ours.resolve("d"))));
        Files.writeString(theirs.resolve("d/theirs"), "made by them");
        Files.writeString(ours.resolve("d/ours"), "made by us");
        setList(theirs.resolve("d/theirs"), "-m", "u:65534:r,g:23456:rw");
        for (String name : List.of("d/theirs", "d/ours")) {
            InTurns.awaitThere(ours.resolve(name));
            InTurns.awaitThere(theirs.resolve(name));
            Await.until(
                    "both see one list of " + name,
                    SOON,
                    () -> listOf(ours.resolve(name)).equals(listOf(theirs.resolve(name))));
        }
        assertThat(listOf(ours.resolve("d/ours"))).contains("user:12345:rw");
        assertThat(listOf(ours.resolve("d/theirs"))).contains("user:65534:r--", "group:23456:rw-");
    }

    @Test
    void aQuotaThatOneSetsHoldsForTheOther() throws IOException {
        formatByUs("quotas");
        Path ours = cluster.mount(meta);
        Path theirs = mountTheirs();
        for (String name : List.of("by-us", "by-them")) {
            Files.createDirectory(ours.resolve(name));
            InTurns.awaitThere(theirs.resolve(name));
        }
        cluster.cachectl("quota", "set", ours.resolve("by-us").toString(), "--inodes", "3")
                .orFail();
        juiceFs.run("quota", "set", meta, "--path", "/by-them", "--inodes", "3").orFail();
        // A client counts for a quota of another once its heartbeat has read of it; a new one does from its start.
        juiceFs.umount(theirs);
        cluster.umount(ours);
        theirs = juiceFs.mount(meta, "theirs-again");
        theirMounts.add(theirs);
        cluster.remount(ours, meta);
        for (Path full : List.of(theirs.resolve("by-us"), ours.resolve("by-them"))) {
            for (int i = 0; i < 3; i++) {
                Files.createFile(full.resolve("f" + i));
            }
            assertThatThrownBy(() -> Files.createFile(full.resolve("more")))
                    .as("a fourth file in " + full)
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("quota");
        }
        juiceFs.umount(theirs);
        cluster.umount(ours);
        for (String name : List.of("by-us", "by-them")) {
            juiceFs.run("quota", "check", meta, "--path", "/" + name).orFail();
        }
        cluster.cachectl("quota", "check", meta, "--strict").orFail();
    }
}
