package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.group.Change.NodesTurned;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.group.GroupVolume.State;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GroupAdminTest {
    private final TestLogStore store = new TestLogStore();
    private final GroupAdmin admin = new GroupAdmin(store, SomeGroup.NAME);

    @Test
    void aGroupIsCreatedOnceAndDescribed() throws Exception {
        checkRefused(admin::describe, Kind.NO_GROUP, "there is no group train");
        GroupState created = admin.create(new GroupSettings(5, 6));
        assertThat(admin.describe()).isEqualTo(created);
        assertThat(created.name()).isEqualTo(SomeGroup.NAME);
        assertThat(created.settings()).isEqualTo(new GroupSettings(5, 6));
        checkRefused(() -> admin.create(GroupSettings.DEFAULT), Kind.REFUSED, "there is a group train");
        assertThat(store.keys()).containsExactly("train/log/00000000000000000001");
    }

    @Test
    void theSameVolumeTwiceHasTheSameNumberAndAnotherStorageIsRefused() throws Exception {
        admin.create(GroupSettings.DEFAULT);
        GroupVolume first = admin.addVolume(SomeGroup.volume(1, "a"));
        assertThat(first.volumeId()).isEqualTo(1);
        assertThat(first.incarnation()).isEqualTo(1);
        assertThat(new GroupAdmin(store, SomeGroup.NAME).addVolume(SomeGroup.volume(1, "a")))
                .isEqualTo(first);
        assertThat(admin.addVolume(SomeGroup.volume(2, "b")).volumeId()).isEqualTo(2);
        checkRefused(() -> admin.addVolume(SomeGroup.volume(1, "other")), Kind.REFUSED, "is registered with s3://a");
        assertThat(admin.describe().number()).isEqualTo(3);
    }

    @Test
    void aVolumeIsRestoredMovedRemovedAndAddedAgain() throws Exception {
        admin.create(GroupSettings.DEFAULT);
        VolumeDeclaration volume = SomeGroup.volume(1, "a");
        checkRefused(() -> admin.restoreVolume(volume.uuid()), Kind.REFUSED, "has no volume");
        admin.addVolume(volume);
        assertThat(admin.restoreVolume(volume.uuid()).incarnation()).isEqualTo(2);
        assertThat(admin.restoreVolume(volume.uuid()).incarnation()).isEqualTo(3);
        VolumeStorage elsewhere = new VolumeStorage("s3", "a", "https://s3.example");
        assertThat(admin.moveVolume(volume.uuid(), elsewhere, "k").declared().storage())
                .isEqualTo(elsewhere);
        assertThat(admin.removeVolume(volume.uuid()).state()).isEqualTo(State.REMOVED);
        VolumeDeclaration moved =
                new VolumeDeclaration(volume.uuid(), elsewhere, volume.layout(), volume.blockBytes(), "k");
        GroupVolume back = admin.addVolume(moved);
        assertThat(back).isEqualTo(new GroupVolume(1, 3, moved, State.ACTIVE));
    }

    @Test
    void aDeclaredNodeIsInTheRingAtOnceAndADrainedOrRemovedOneOutOfIt() throws Exception {
        admin.create(GroupSettings.DEFAULT);
        GroupState state = GroupState.NONE;
        for (int node = 1; node <= 3; node++) {
            state = admin.declareNode(SomeGroup.node(node));
            assertThat(state.epoch().members()).hasSize(node);
        }
        assertThat(admin.declareNode(SomeGroup.node(3))).isEqualTo(state);
        checkRefused(
                () -> admin.declareNode(new NodeDeclaration(SomeGroup.id(4), "n1", 1, "", NodeAddresses.NONE)),
                Kind.REFUSED,
                "has another node n1");
        GroupLog log = SomeGroup.log(store, 1);
        log.append(state, _ -> new NodesTurned(List.of(SomeGroup.id(3)), NodeState.DOWN_GRACE));

        GroupState drained = admin.drainNode("n2");
        assertThat(drained.epoch().members()).containsExactly(SomeGroup.node(1), SomeGroup.node(3));
        assertThat(admin.drainNode("n2")).isEqualTo(drained);
        GroupState removed = admin.removeNode("n3");
        assertThat(removed.epoch().members()).containsExactly(SomeGroup.node(1));
        assertThat(removed.epoch().number()).isEqualTo(5);
        checkRefused(() -> admin.removeNode("n3"), Kind.REFUSED, "has no node n3");
    }

    @Test
    void settingsAreChanged() throws Exception {
        admin.create(GroupSettings.DEFAULT);
        assertThat(admin.changeSettings(new GroupSettings(1, 2)).settings()).isEqualTo(new GroupSettings(1, 2));
        assertThat(admin.changeSettings(new GroupSettings(1, 2)).number()).isEqualTo(2);
    }

    @Test
    void theDefaultsArePinned() {
        assertThat(GroupSettings.DEFAULT).isEqualTo(new GroupSettings(600_000, 60_000));
    }

    private static void checkRefused(ThrowingCallable call, Kind kind, String why) {
        assertThatThrownBy(call)
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
