package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.group.Change.EpochPublished;
import io.blockring.group.Change.GroupCreated;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import io.blockring.group.Change.SettingsChanged;
import io.blockring.group.Change.VolumeAdded;
import io.blockring.group.Change.VolumeMoved;
import io.blockring.group.Change.VolumeRemoved;
import io.blockring.group.Change.VolumeRestored;
import io.blockring.group.GroupVolume.State;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupFoldTest {
    private GroupState state = GroupState.NONE;

    @BeforeEach
    void createGroup() throws GroupLogException {
        fold(SomeGroup.CREATED);
    }

    @Test
    void aGroupIsCreatedOnce() throws GroupLogException {
        fold(new GroupCreated(new UUID(8, 8), "other", new GroupSettings(1, 1), 2_000));
        assertThat(state.name()).isEqualTo(SomeGroup.NAME);
        assertThat(state.groupId()).isEqualTo(SomeGroup.CREATED.groupId());
        assertThat(state.settings()).isEqualTo(GroupSettings.DEFAULT);
        assertThat(state.epoch()).isEqualTo(Epoch.NONE);
        assertThat(state.ring().ranks()).isZero();
    }

    @Test
    void aNodeJoinsAndIsUpWithTheNextEpoch() throws GroupLogException {
        fold(new NodeDeclared(SomeGroup.node(1)));
        assertThat(stateOf(1)).isEqualTo(NodeState.JOINING);
        foldWanted();
        assertThat(stateOf(1)).isEqualTo(NodeState.UP);
        assertThat(state.epoch().number()).isEqualTo(1);
        assertThat(state.ring().epoch()).isEqualTo(1);
        assertThat(state.ring().owner(0)).isEqualTo(SomeGroup.id(1));
    }

    @Test
    void anotherWeightOrAddressWantsAnEpochAndTheSameDoesNot() throws GroupLogException {
        join(1, 2);
        fold(new NodeDeclared(SomeGroup.node(1)));
        assertThat(NextEpoch.wanted(state, 0)).isNull();
        fold(new NodeDeclared(SomeGroup.node(1, 300)));
        foldWanted();
        assertThat(state.epoch().members()).contains(SomeGroup.node(1, 300));
        NodeAddresses moved = new NodeAddresses("h:1", "h:2", "", "h:3", "");
        fold(new NodeDeclared(new NodeDeclaration(SomeGroup.id(2), "n2", 100, "", moved)));
        assertThat(stateOf(2)).isEqualTo(NodeState.UP);
        assertThat(NextEpoch.wanted(state, 0)).isNotNull();
    }

    @Test
    void ofTwoEpochsThatFollowTheSameOneTheFirstCounts() throws GroupLogException {
        join(1);
        fold(new NodeDeclared(SomeGroup.node(2)), new NodeDeclared(SomeGroup.node(3)));
        EpochPublished first = new EpochPublished(2, 1, List.of(SomeGroup.node(1), SomeGroup.node(2)), List.of(), 0);
        EpochPublished second =
                new EpochPublished(2, 1, List.of(SomeGroup.node(3)), List.of(SomeGroup.id(1), SomeGroup.id(2)), 0);
        fold(first, second);
        assertThat(state.epoch()).isEqualTo(new Epoch(2, first.members()));
        assertThat(stateOf(1)).isEqualTo(NodeState.UP);
        assertThat(stateOf(2)).isEqualTo(NodeState.UP);
        assertThat(stateOf(3)).isEqualTo(NodeState.JOINING);
        assertThat(state.lossEpoch()).isZero();
    }

    @Test
    void aNodeInDownGraceStaysInTheRingAndALostOneIsOut() throws GroupLogException {
        join(1, 2, 3);
        fold(new NodesTurned(List.of(SomeGroup.id(3)), NodeState.DOWN_GRACE));
        assertThat(NextEpoch.wanted(state, 0)).isNull();
        fold(NextEpoch.without(List.of(SomeGroup.id(3)), state, 0));
        assertThat(stateOf(3)).isEqualTo(NodeState.OUT);
        assertThat(state.node(SomeGroup.id(3)).orElseThrow().lost()).isTrue();
        assertThat(state.epoch().members()).containsExactly(SomeGroup.node(1), SomeGroup.node(2));
        assertThat(state.lossEpoch()).isEqualTo(state.epoch().number());
        assertThat(state.declaredWeight()).isEqualTo(200);
    }

    @Test
    void aDrainingNodeLeavesTheRingAndMayComeBack() throws GroupLogException {
        join(1, 2);
        fold(new NodesTurned(List.of(SomeGroup.id(2)), NodeState.DRAINING));
        foldWanted();
        assertThat(state.epoch().members()).containsExactly(SomeGroup.node(1));
        assertThat(stateOf(2)).isEqualTo(NodeState.DRAINING);
        fold(new NodeDeclared(SomeGroup.node(2)));
        assertThat(stateOf(2)).isEqualTo(NodeState.JOINING);
        fold(new NodesTurned(List.of(SomeGroup.id(2)), NodeState.OUT));
        assertThat(stateOf(2)).isEqualTo(NodeState.OUT);
    }

    @Test
    void turnsThatMakeNoSenseChangeNothing() throws GroupLogException {
        join(1);
        GroupNode before = state.node(SomeGroup.id(1)).orElseThrow();
        fold(
                new NodesTurned(List.of(SomeGroup.id(1)), NodeState.UP),
                new NodesTurned(List.of(SomeGroup.id(1)), NodeState.JOINING),
                new NodesTurned(List.of(SomeGroup.id(42)), NodeState.OUT));
        assertThat(state.nodes()).containsOnlyKeys(SomeGroup.id(1)).containsValue(before);
        fold(new NodesTurned(List.of(SomeGroup.id(1)), NodeState.OUT));
        fold(new NodesTurned(List.of(SomeGroup.id(1)), NodeState.DRAINING));
        assertThat(stateOf(1)).isEqualTo(NodeState.OUT);
    }

    @Test
    void aNodeThatLostItsDiskTakesItsNameOver() throws GroupLogException {
        join(1);
        UUID fresh = new UUID(5, 500);
        fold(new NodeDeclared(new NodeDeclaration(fresh, "n1", 100, "", NodeAddresses.NONE)));
        assertThat(stateOf(1)).isEqualTo(NodeState.OUT);
        assertThat(state.node("n1").orElseThrow().id()).isEqualTo(fresh);
    }

    @Test
    void aVolumeKeepsItsNumberAndTheSameUuidWithAnotherStorageIsNotAdded() throws GroupLogException {
        fold(new VolumeAdded(SomeGroup.volume(1, "a")), new VolumeAdded(SomeGroup.volume(2, "b")));
        GroupState before = state;
        fold(new VolumeAdded(SomeGroup.volume(1, "a")), new VolumeAdded(SomeGroup.volume(2, "other")));
        assertThat(state.volumes()).isEqualTo(before.volumes());
        assertThat(state.volume(SomeGroup.volume(2, "b").uuid()).orElseThrow().volumeId())
                .isEqualTo(2);
        fold(new VolumeRemoved(1));
        assertThat(state.volume(1).orElseThrow().state()).isEqualTo(State.REMOVED);
        fold(new VolumeAdded(SomeGroup.volume(3, "c")), new VolumeAdded(SomeGroup.volume(1, "a")));
        assertThat(state.volume(1).orElseThrow().state()).isEqualTo(State.ACTIVE);
        assertThat(state.volume(SomeGroup.volume(3, "c").uuid()).orElseThrow().volumeId())
                .isEqualTo(3);
    }

    @Test
    void aRestoredVolumeGetsTheNextIncarnationOnce() throws GroupLogException {
        fold(new VolumeAdded(SomeGroup.volume(1, "a")));
        fold(new VolumeRestored(1, 2), new VolumeRestored(1, 2), new VolumeRestored(1, 9));
        assertThat(state.volume(1).orElseThrow().incarnation()).isEqualTo(2);
        VolumeStorage elsewhere = new VolumeStorage("s3", "a", "http://127.0.0.1:9999");
        fold(new VolumeMoved(1, elsewhere, "new-keys"));
        GroupVolume moved = state.volume(1).orElseThrow();
        assertThat(moved.incarnation()).isEqualTo(2);
        assertThat(moved.declared().storage()).isEqualTo(elsewhere);
        assertThat(moved.declared().credential()).isEqualTo("new-keys");
    }

    @Test
    void whateverIsFoldedEpochsGrowNumbersStayAndTheStateSurvivesBeingStored() {
        Seeds.forEach(40, random -> {
            GroupState now = SomeGroup.after(GroupState.NONE, SomeGroup.CREATED);
            for (int i = 0; i < 60; i++) {
                GroupState next = SomeGroup.after(now, anyChange(now, random));
                assertThat(next.epoch().number())
                        .isBetween(now.epoch().number(), now.epoch().number() + 1);
                now.volumes()
                        .forEach((id, volume) -> assertThat(
                                        next.volume(volume.declared().uuid())
                                                .orElseThrow()
                                                .volumeId())
                                .isEqualTo(id));
                assertThat(RecordCodec.decodeState("state", RecordCodec.encode(next)))
                        .isEqualTo(next);
                now = next;
            }
        });
    }

    private static Change anyChange(GroupState now, Random random) {
        int some = random.nextInt(5) + 1;
        long epoch = now.epoch().number() - random.nextInt(2);
        return switch (random.nextInt(8)) {
            case 0, 1 -> new NodeDeclared(SomeGroup.node(some, 1 + random.nextInt(3)));
            case 2 -> new NodesTurned(List.of(SomeGroup.id(some)), anyOf(NodeState.values(), random));
            case 3, 4 ->
                new EpochPublished(
                        Math.max(0, epoch) + 1,
                        Math.max(0, epoch),
                        List.of(SomeGroup.node(some)),
                        random.nextBoolean() ? List.of() : List.of(SomeGroup.id(random.nextInt(5))),
                        5);
            case 5 -> new VolumeAdded(SomeGroup.volume(some, "bucket" + random.nextInt(2)));
            case 6 -> new VolumeRestored(some, 1 + random.nextInt(4));
            default -> new SettingsChanged(new GroupSettings(random.nextInt(9), 1));
        };
    }

    private static <T> T anyOf(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }

    private void join(int... nodes) throws GroupLogException {
        for (int node : nodes) {
            fold(new NodeDeclared(SomeGroup.node(node)));
        }
        foldWanted();
    }

    private void foldWanted() throws GroupLogException {
        fold(NextEpoch.wanted(state, 0));
    }

    private void fold(@Nullable Change... changes) throws GroupLogException {
        state = SomeGroup.after(state, changes);
    }

    private NodeState stateOf(int node) {
        return state.node(SomeGroup.id(node)).orElseThrow().state();
    }
}
