package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.group.GroupSettings;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.SplitNetwork;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A group whose halves lose sight of each other while both reach the object store with the group's log. */
@Tag("long") // each test starts a group of its own, and waits for JGroups and for graces
class GroupSplitTest {
    private static final List<String> LEFT = List.of("n1", "n2");
    private static final List<String> RIGHT = List.of("n3", "n4");
    private static final Set<String> ALL = new TreeSet<>(List.of("n1", "n2", "n3", "n4"));

    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** Short, so that a node that is wrongly put out is put out within the test; the next loss may follow at once. */
    private static final GroupSettings SETTINGS = new GroupSettings(8_000, 0);

    /** Longer than from when a node is missed to when it is put out: unseen for 5 s, another's turn 2 s later, the grace. */
    private static final Duration TIME_TO_ACT = Duration.ofSeconds(18);

    private static final int BLOCK_BYTES = 4 << 20;
    private static final int BLOCKS = 8;

    private SplitNetwork network;
    private TestCluster cluster;

    @BeforeEach
    void makeNetwork() {
        SplitNetwork.require();
        network = SplitNetwork.of(LEFT, RIGHT);
    }

    @AfterEach
    void endAll() {
        try {
            if (cluster != null) {
                cluster.close();
            }
        } finally {
            if (network != null) {
                network.close();
            }
        }
    }

    private void startGroup(String... optionsOfFirst) {
        cluster = TestCluster.startAt(network.store(), "--cache-memory", "32MiB");
        List<String> create =
                LogWriter.command("create", cluster.s3Endpoint(), TestCluster.BUCKET, TestCluster.GROUP, SETTINGS);
        Program.run(TestCluster.keys(), null, network.store().run(create)).orFail();
        cluster.withOptionsOf("n1", optionsOfFirst).withNodesAt(network.machines());
        assertThat(members(log().ofKind("epoch").getLast())).isEqualTo(ALL);
    }

    @Test
    void ofTwoEqualHalvesNeitherPublishesAnEpochAndBothServe() throws IOException {
        startGroup();
        String meta = cluster.createVolume("lab");
        Path mount = cluster.mount(meta);
        byte[] content = new byte[BLOCKS * BLOCK_BYTES];
        new Random(3).nextBytes(content);
        Files.write(mount.resolve("warm"), content);
        Files.write(mount.resolve("cold"), content);
        cluster.cachectl("warmup", mount.resolve("warm").toString()).orFail();
        cluster.umount(mount);
        long before = log().lastNumber();
        long epoch = lastEpoch();

        network.cut();
        awaitHalves(epoch);
        cluster.remount(mount, meta);
        assertThat(Files.readAllBytes(mount.resolve("warm"))).isEqualTo(content);
        assertThat(Files.readAllBytes(mount.resolve("cold"))).isEqualTo(content);
        Await.holds("no half writes to the log", TIME_TO_ACT, () -> log().lastNumber() == before);

        network.heal();
        awaitAllUp(epoch);
        Await.holds("nobody flaps", TIME_TO_ACT, () -> log().lastNumber() == before);
        log().checkOneLineage();
        assertThat(Files.readAllBytes(mount.resolve("warm"))).isEqualTo(content);
    }

    @Test
    void ofTwoHalvesTheHeavierOnePublishesOneEpochAndHealedTheGroupIsWholeAgain() {
        startGroup("--weight", "2");
        long before = log().lastNumber();
        long epoch = lastEpoch();

        network.cut();
        await("the lighter half is out", LEFT, seen -> seen.up().equals(Set.copyOf(LEFT)));
        await("it is out", RIGHT, seen -> seen.up().equals(Set.copyOf(LEFT)) && seen.epoch() == lastEpoch());
        long during = log().lastNumber();
        Await.holds("nothing more is agreed", TIME_TO_ACT, () -> log().lastNumber() == during);
        StoredLog split = log().checkOneLineage().since(before);
        assertThat(split.ofKind("epoch")).hasSize(1);
        assertThat(lastEpoch()).isEqualTo(epoch + 1);
        assertThat(members(log().ofKind("epoch").getLast())).isEqualTo(Set.copyOf(LEFT));

        network.heal();
        Await.until(
                "all are in the ring again",
                LIMIT,
                () -> members(log().ofKind("epoch").getLast()).equals(ALL));
        awaitAllUp(lastEpoch());
        long after = log().lastNumber();
        Await.holds("nobody flaps", TIME_TO_ACT, () -> log().lastNumber() == after);
        StoredLog healed = log().checkOneLineage().since(during);
        assertThat(healed.ofKind("epoch")).hasSizeBetween(1, RIGHT.size()); // each comes back by itself
    }

    private StoredLog log() {
        try {
            return StoredLog.read(cluster.bucket(), TestCluster.GROUP);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> members(StoredLog.Entry epoch) {
        Set<String> names = new TreeSet<>();
        epoch.payload()
                .path("members")
                .forEach(member -> names.add(member.path("name").asText()));
        return names;
    }

    private long lastEpoch() {
        return log().ofKind("epoch").getLast().payload().path("epoch").asLong();
    }

    /** What a node says of its group when it is asked on its own machine. */
    private record Seen(long epoch, Set<String> alive, Set<String> up) {}

    private Seen seenBy(String asker) {
        JsonNode group = cluster.groupSeenBy(asker);
        Seen seen = new Seen(group.path("epoch").asLong(), new TreeSet<>(), new TreeSet<>());
        for (JsonNode node : group.path("nodes")) {
            String name = node.path("name").asText();
            if (node.path("alive").asBoolean()) {
                seen.alive().add(name);
            }
            if (node.path("state").asText().equals("up")) {
                seen.up().add(name);
            }
        }
        return seen;
    }

    private void await(String what, Collection<String> nodes, Predicate<Seen> condition) {
        for (String node : nodes) {
            Await.until(node + " sees that " + what, LIMIT, () -> condition.test(seenBy(node)));
        }
    }

    private void awaitHalves(long epoch) {
        await("the right half is gone", LEFT, seen -> seen.alive().equals(Set.copyOf(LEFT)));
        await("the left half is gone", RIGHT, seen -> seen.alive().equals(Set.copyOf(RIGHT)) && seen.epoch() == epoch);
    }

    private void awaitAllUp(long epoch) {
        await("all are up", ALL, seen -> seen.alive().equals(ALL) && seen.up().equals(ALL) && seen.epoch() == epoch);
    }
}
