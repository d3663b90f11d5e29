package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.group.CacheGroupSettings.Liveness;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.ObjectStoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes of a group in this process, on loopback. */
class CacheGroupTest {
    private static final Liveness QUICK = new Liveness(
            Duration.ofSeconds(4),
            Duration.ofMillis(300),
            Duration.ofMillis(600),
            Duration.ofMillis(100),
            Duration.ofMillis(200));
    private static final Duration OFTEN = Duration.ofMillis(100);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    private Path folder;

    private final TestLogStore store = new TestLogStore();
    private final List<CacheGroup> running = new ArrayList<>();
    private final List<InetSocketAddress> seeds = new CopyOnWriteArrayList<>();

    @BeforeEach
    void createGroup() throws Exception {
        new GroupAdmin(store, SomeGroup.NAME).create(new GroupSettings(500, 0));
    }

    @AfterEach
    void closeAll() {
        running.forEach(CacheGroup::close);
    }

    @Test
    void threeNodesSeeOneAnotherAndComeToTheSameRingByHintsAlone() throws Exception {
        List<CacheGroup> nodes = startNodes(3, NEVER);
        for (CacheGroup node : nodes) {
            until(node, state -> state.epoch().members().size() == 3);
            until(() -> node.alive().size() == 3);
        }
        CacheGroup first = nodes.getFirst();
        first.declareSelf(declaration(1, 300, first)).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        for (CacheGroup node : nodes) {
            until(node, state -> state.equals(first.state()));
            assertThat(node.state().ring().nodes())
                    .isEqualTo(first.state().ring().nodes());
            assertThat(node.problem()).isEmpty();
        }
        assertThat(first.state().node(SomeGroup.id(1)).orElseThrow().declared().weight())
                .isEqualTo(300);
    }

    @Test
    void nodesThatStartedAloneMergeOnceTheyKnowOfEachOther() throws Exception {
        CacheGroup one = start(1, NEVER);
        CacheGroup other = start(2, NEVER);
        until(() ->
                one.alive().equals(List.of(SomeGroup.id(1))) && other.alive().equals(List.of(SomeGroup.id(2))));
        seeds.add(one.clusterAddress());
        seeds.add(other.clusterAddress());
        until(() -> one.alive().size() == 2 && other.alive().size() == 2);
        assertThat(one.alive()).isEqualTo(other.alive());
    }

    @Test
    void whatAnAdministratorChangesIsSeenByThePoll() throws Exception {
        List<CacheGroup> nodes = startNodes(2, OFTEN);
        GroupVolume volume = new GroupAdmin(store, SomeGroup.NAME).addVolume(SomeGroup.volume(1, "bucket"));
        for (CacheGroup node : nodes) {
            until(node, state -> state.volume(1).equals(Optional.of(volume)));
        }
    }

    @Test
    void aNodeThatDiesIsPutOutWhenItsGraceIsOverAndComesBackWhenItRestarts() throws Exception {
        List<CacheGroup> nodes = startNodes(3, OFTEN);
        CacheGroup watcher = nodes.getFirst();
        until(watcher, state -> state.epoch().members().size() == 3);
        nodes.get(2).close();
        until(watcher, state -> stateOf(state, 3) == NodeState.DOWN_GRACE);
        assertThat(watcher.state().epoch().members()).hasSize(3);
        until(watcher, state -> state.epoch().members().size() == 2);
        assertThat(stateOf(watcher.state(), 3)).isEqualTo(NodeState.OUT);

        CacheGroup again = start(3, OFTEN);
        join(3, again);
        until(watcher, state -> state.epoch().members().size() == 3);
    }

    @Test
    void aNodeDrainsAndLeaves() throws Exception {
        List<CacheGroup> nodes = startNodes(2, OFTEN);
        CacheGroup draining = nodes.getLast();
        GroupState drained = draining.drain().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(drained.epoch().members()).hasSize(1);
        assertThat(stateOf(drained, 2)).isEqualTo(NodeState.DRAINING);
        GroupState left = draining.leave().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(stateOf(left, 2)).isEqualTo(NodeState.OUT);
        until(nodes.getFirst(), state -> stateOf(state, 2) == NodeState.OUT);
    }

    @Test
    void aNodeStartsWithWhatItRemembersWhileTheStoreIsDownAndCatchesUpLater() throws Exception {
        CacheGroup before = startNodes(1, OFTEN).getFirst();
        GroupState remembered = before.state();
        before.close();
        new GroupAdmin(store, SomeGroup.NAME).addVolume(SomeGroup.volume(1, "bucket"));

        store.setDown(ObjectStoreException.Kind.RETRY);
        CacheGroup node = start(1, OFTEN);
        assertThat(node.state()).isEqualTo(remembered);
        assertThat(node.state().ring().owner(5)).isEqualTo(SomeGroup.id(1));
        CompletableFuture<GroupState> declared = node.declareSelf(declaration(1, 100, node));
        until(() -> node.problem().isPresent());
        assertThat(declared).isNotDone();
        store.setDown(null);
        declared.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        until(node, state -> state.volume(1).isPresent());
        assertThat(node.problem()).isEmpty();
    }

    @Test
    void withoutAGroupOrAnAnswerAndWithoutMemoryANodeDoesNotStart() {
        CacheGroupSettings other = settings("other", 1, OFTEN, 0);
        checkRefused(other, Kind.NO_GROUP);
        store.setDown(ObjectStoreException.Kind.RETRY);
        checkRefused(settings(SomeGroup.NAME, 1, OFTEN, 0), Kind.UNREACHABLE);
    }

    private void checkRefused(CacheGroupSettings settings, Kind kind) {
        assertThatThrownBy(() -> running.add(CacheGroup.start(settings, store, () -> seeds)))
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void whatANodeRemembersOfAnEarlierGroupOfThatNameIsForgotten() throws Exception {
        startNodes(1, OFTEN).getFirst().close();
        TestLogStore emptied = new TestLogStore();
        GroupState created = new GroupAdmin(emptied, SomeGroup.NAME).create(GroupSettings.DEFAULT);
        CacheGroup node = CacheGroup.start(settings(SomeGroup.NAME, 1, OFTEN, 0), emptied, () -> seeds);
        running.add(node);
        assertThat(node.state()).isEqualTo(created);
    }

    @Test
    void aMemoryThatCannotBeReadIsForgotten() throws Exception {
        CacheGroup before = startNodes(1, OFTEN).getFirst();
        GroupState remembered = before.state();
        before.close();
        Path file = directory(1).resolve("group-state");
        Files.writeString(file, Files.readString(file).substring(10));
        assertThat(start(1, OFTEN).state()).isEqualTo(remembered);
    }

    @Test
    void aPortThatIsTakenIsAClearError() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            CacheGroupSettings settings = settings(SomeGroup.NAME, 1, OFTEN, taken.getLocalPort());
            assertThatThrownBy(() -> running.add(CacheGroup.start(settings, store, () -> seeds)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("JGroups cannot listen");
        }
    }

    @Test
    void aNodeWhoseNameIsTakenSaysSo() throws Exception {
        startNodes(1, OFTEN);
        CacheGroup second = start(2, OFTEN);
        CompletableFuture<GroupState> declared =
                second.declareSelf(new NodeDeclaration(SomeGroup.id(2), "n1", 100, "", NodeAddresses.NONE));
        until(() -> second.problem().isPresent());
        assertThat(declared).isNotDone();
        assertThat(second.problem().orElseThrow()).hasMessageContaining("the name n1 belongs to node");
    }

    @Test
    void aLogThatGrowsLongIsShortenedByTheNodes() throws Exception {
        CacheGroup node = startNodes(1, OFTEN).getFirst();
        GroupAdmin admin = new GroupAdmin(store, SomeGroup.NAME);
        for (int i = 0; i < Snapshots.RECORDS_BETWEEN + 1; i++) {
            admin.changeSettings(new GroupSettings(500, i + 1));
        }
        node.declareSelf(declaration(1, 200, node)).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        until(() -> store.keys().stream().anyMatch(key -> key.contains("/snapshot/")));
        assertThat(new GroupAdmin(store, SomeGroup.NAME).describe()).isEqualTo(node.state());
    }

    private List<CacheGroup> startNodes(int count, Duration poll) throws Exception {
        List<CacheGroup> nodes = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            CacheGroup node = start(number, poll);
            seeds.add(node.clusterAddress());
            nodes.add(node);
        }
        for (CacheGroup node : nodes) {
            until(() -> node.alive().size() == count);
        }
        for (int number = 1; number <= count; number++) {
            join(number, nodes.get(number - 1));
        }
        return nodes;
    }

    private CacheGroup start(int number, Duration poll) throws IOException {
        CacheGroup node = CacheGroup.start(settings(SomeGroup.NAME, number, poll, 0), store, () -> seeds);
        running.add(node);
        return node;
    }

    private static void join(int number, CacheGroup node) throws Exception {
        node.declareSelf(declaration(number, 100, node)).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private static NodeDeclaration declaration(int number, int weight, CacheGroup node) throws IOException {
        InetSocketAddress cluster = node.clusterAddress();
        String address = cluster.getAddress().getHostAddress() + ":" + cluster.getPort();
        return new NodeDeclaration(
                SomeGroup.id(number), "n" + number, weight, "", new NodeAddresses("", "", "", address, ""));
    }

    private CacheGroupSettings settings(String group, int number, Duration poll, int port) {
        return new CacheGroupSettings(
                group, SomeGroup.id(number), directory(number), LOOPBACK, port, poll, Duration.ofSeconds(2), QUICK);
    }

    private Path directory(int number) {
        return folder.resolve("n" + number);
    }

    private static NodeState stateOf(GroupState state, int number) {
        return state.node(SomeGroup.id(number)).orElseThrow().state();
    }

    private static void until(CacheGroup node, Predicate<GroupState> holds) throws Exception {
        CompletableFuture<GroupState> seen = new CompletableFuture<>();
        node.onChange(state -> {
            if (holds.test(state)) {
                seen.complete(state);
            }
        });
        seen.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void until(BooleanSupplier holds) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
