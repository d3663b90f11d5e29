package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.group.Change.NodeDeclared;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whole groups in simulated time. {@link SimulatedStore} judges every record: one lineage, each once, epochs that grow,
 * nobody put out before its grace is over.
 */
class GroupSimulationTest {
    private static final int DISTURBANCES = 60;

    /** Two nodes go down and out, and may come up and go down once more while not all see the same yet. */
    private static final long MOST_RECORDS_OF_A_SPLIT = 12;

    @Test
    void whateverHappensEveryNodeComesToTheSameRing() {
        Seeds.forEach(15, GroupSimulationTest::checkSameRing);
    }

    @Test
    @Tag("long")
    void whateverHappensInManyGroupsEveryNodeComesToTheSameRing() {
        Seeds.forEach(3_000, GroupSimulationTest::checkSameRing);
    }

    private static void checkSameRing(Random random) {
        SimulatedCluster cluster = disturbed(random);
        cluster.healAndSettle();
        GroupState truth = cluster.store.truth();
        assertThat(cluster.nodes).allSatisfy(node -> assertThat(node.state()).isEqualTo(truth));
        assertThat(truth.epoch().members())
                .extracting(NodeDeclaration::name)
                .containsExactly("n1", "n2", "n3", "n4", "n5");
        assertThat(truth.nodes().values()).allMatch(node -> node.state() == NodeState.UP);
    }

    @Test
    void aSeedRunsTheSameWayTwice() {
        Seeds.forEach(2, random -> {
            long seed = random.nextLong();
            assertThat(disturbed(new Random(seed)).time.history())
                    .isEqualTo(disturbed(new Random(seed)).time.history())
                    .isNotEqualTo(disturbed(new Random(seed + 1)).time.history());
        });
    }

    private static SimulatedCluster disturbed(Random random) {
        SimulatedCluster cluster = new SimulatedCluster(random, 5);
        cluster.startAll();
        for (int i = 0; i < DISTURBANCES; i++) {
            cluster.time.run(Duration.ofSeconds(10 + random.nextInt(i % 10 == 0 ? 1_800 : 90)));
            cluster.disturb();
        }
        return cluster;
    }

    @Test
    void ofTwoHalvesThatBothReachTheStoreOnlyTheLargerOnePutsTheOtherOut() {
        Seeds.forEach(8, random -> {
            SimulatedCluster cluster = settled(random, 5);
            GroupState before = cluster.store.truth();
            split(cluster, 3);
            cluster.time.run(Duration.ofMinutes(1));
            assertThat(cluster.store.truth().epoch()).isEqualTo(before.epoch());
            cluster.time.run(Duration.ofHours(1));
            GroupState after = cluster.store.truth();
            assertThat(after.epoch().members())
                    .extracting(NodeDeclaration::name)
                    .containsExactly("n1", "n2", "n3");
            assertThat(after.epoch().number() - before.epoch().number())
                    .isEqualTo(cluster.store.lossEpochs())
                    .isBetween(1L, 2L); // the two may be missed a moment apart
            assertThat(after.number() - before.number()).isLessThan(MOST_RECORDS_OF_A_SPLIT);
            assertThat(cluster.nodes)
                    .allSatisfy(node -> assertThat(node.state().epoch())
                            .isEqualTo(cluster.store.truth().epoch()));
            cluster.healAndSettle();
            assertThat(cluster.store.truth().epoch().members()).hasSize(5);
        });
    }

    @Test
    void ofTwoHalvesOfEqualWeightNeitherPutsTheOtherOut() {
        Seeds.forEach(8, random -> {
            SimulatedCluster cluster = settled(random, 4);
            Epoch before = cluster.store.truth().epoch();
            split(cluster, 2);
            cluster.time.run(Duration.ofHours(2));
            assertThat(cluster.store.truth().epoch()).isEqualTo(before);
            assertThat(cluster.store.lossEpochs()).isZero();
        });
    }

    @Test
    void aNodeThatIsCutOffFromAllKeepsItsLastEpochAndComesBack() {
        Seeds.forEach(8, random -> {
            SimulatedCluster cluster = settled(random, 5);
            Epoch before = cluster.store.truth().epoch();
            SimulatedCluster.Node cutOff = cluster.nodes.getFirst();
            cutOff.side = 1;
            cutOff.reachesStore = false;
            cluster.changeViews();
            cluster.time.run(Duration.ofMinutes(30));
            assertThat(cluster.store.truth().epoch().members()).hasSize(4);
            assertThat(cutOff.state().epoch()).isEqualTo(before);
            cluster.healAndSettle();
            assertThat(cutOff.state()).isEqualTo(cluster.store.truth());
            assertThat(cutOff.state().epoch().members()).hasSize(5);
        });
    }

    @Test
    void aNodeThatRestartsWithinItsGraceMovesNothing() {
        Seeds.forEach(8, random -> {
            SimulatedCluster cluster = settled(random, 5);
            long before = cluster.store.truth().epoch().number();
            SimulatedCluster.Node node = cluster.nodes.getLast();
            node.crash();
            cluster.changeViews();
            cluster.time.run(Duration.ofSeconds(60 + random.nextInt(40)));
            assertThat(cluster.store.truth().epoch().number()).isEqualTo(before);
            assertThat(cluster.store.truth().node(node.id).orElseThrow().state())
                    .isEqualTo(NodeState.DOWN_GRACE);
            cluster.healAndSettle();
            assertThat(cluster.store.truth().epoch().members()).hasSize(5);
            assertThat(cluster.store.lossEpochs()).isZero();
        });
    }

    private static SimulatedCluster settled(Random random, int size) {
        SimulatedCluster cluster = new SimulatedCluster(random, size);
        cluster.startAll();
        cluster.healAndSettle();
        assertThat(cluster.store.truth().epoch().members()).hasSize(size);
        return cluster;
    }

    private static void split(SimulatedCluster cluster, int first) {
        for (int i = 0; i < cluster.nodes.size(); i++) {
            cluster.nodes.get(i).side = i < first ? 0 : 1;
        }
        cluster.changeViews();
    }

    @Test
    void ofThirtyTwoWritersWithUnclearAnswersEveryRecordIsThereOnceAndSleepersDoNotFork() {
        Seeds.forEach(30, random -> {
            SimulatedTime time = new SimulatedTime();
            SimulatedStore store = new SimulatedStore(time, random);
            new Writer(time, store, random, GroupState.NONE, SomeGroup.CREATED, 0).go();
            time.run(Duration.ofMinutes(10));
            GroupState known = store.truth();
            List<Writer> writers = new ArrayList<>();
            for (int i = 1; i <= 32; i++) {
                long sleep = random.nextInt(8) == 0 ? Duration.ofDays(1).toMillis() : 0;
                Change mine = new NodeDeclared(SomeGroup.node(i));
                writers.add(new Writer(time, store, random, known, mine, sleep));
            }
            writers.forEach(Writer::go);
            time.run(Duration.ofDays(3));
            assertThat(writers).allMatch(writer -> writer.appended);
            assertThat(store.truth().number()).isEqualTo(1 + 32);
            assertThat(store.truth().nodes()).hasSize(32);
        });
    }

    /** Appends one record, however long it takes; may fall asleep before it hears of its first create. */
    private static final class Writer {
        private final SimulatedStore store;
        private final SimulatedTime time;
        private final LogWalk walk;
        private long sleepMillis;
        private boolean appended;

        Writer(
                SimulatedTime time,
                SimulatedStore store,
                Random random,
                GroupState known,
                Change change,
                long sleepMillis) {
            this.time = time;
            this.store = store;
            this.sleepMillis = sleepMillis;
            String nonce = Long.toHexString(random.nextLong());
            this.walk = LogWalk.toAppend(known, new UUID(1, 1), nonce, _ -> change);
        }

        void go() {
            if (walk.next() instanceof LogStep.Done done) {
                appended = done.appended() && done.failure() == null;
                return;
            }
            store.performPatiently(walk, answer -> {
                long pause = sleepMillis;
                sleepMillis = 0;
                time.in(pause, () -> {
                    answer.run();
                    go();
                });
            });
        }
    }
}
