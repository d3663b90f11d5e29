package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What sessions hold open, and what becomes of it. */
class SessionsTest {
    private static final Name F = nameOf("f");

    private final TestVolume volume = volume(false);
    private final MetaReads reads = volume.stores.engine().reads();

    private static Name nameOf(String text) {
        try {
            return Name.of(text);
        } catch (FileError e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestVolume volume(boolean exclusive) {
        try {
            return new TestVolume(TestStores.memory(new MemoryByteStore(exclusive)), 0);
        } catch (FileError e) {
            throw new IllegalStateException(e);
        }
    }

    /** An open file that has lost its name. */
    private static long openUnlinked(TestVolume volume, VolumeTree tree) throws FileError {
        long inode = tree.makeNode(Caller.ROOT, FileTree.ROOT, F, FileType.FILE, 0644, 0)
                .inode();
        long slice = tree.newSliceId();
        volume.objects.put(slice, 1);
        tree.append(
                inode,
                0,
                new SliceRecord(0, slice, SliceStore.CELL_BYTES, 0, SliceStore.CELL_BYTES),
                new Timestamp(1, 0));
        tree.open(inode);
        tree.unlink(Caller.ROOT, FileTree.ROOT, F);
        return inode;
    }

    @Test
    void anOpenFileOutlivesItsNameUntilItsLastHandleIsClosed() throws Exception {
        VolumeTree tree = volume.mount();
        long inode = openUnlinked(volume, tree);
        tree.open(inode);
        assertThat(tree.attributes(inode).nlink()).isZero();
        tree.close(inode);
        assertThat(tree.slices(inode, 0)).hasSize(1);
        assertThat(volume.objects.ids()).hasSize(1);
        tree.close(inode);
        assertThatThrownBy(() -> tree.attributes(inode)).isInstanceOf(FileError.class);
        assertThat(volume.objects.ids()).isEmpty();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void aSessionThatEndsDeletesWhatItHeldOpen() throws Exception {
        VolumeTree tree = volume.mount();
        long inode = openUnlinked(volume, tree);
        tree.close();
        assertThat(reads.attr(inode)).isNull();
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).isEmpty();
        assertThat(volume.objects.ids()).isEmpty();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        assertThatThrownBy(() -> tree.attributes(1)).isInstanceOf(FileError.class);
    }

    @Test
    void aDeadSessionIsEndedByAnotherOnceItsTimeHasPassed() throws Exception {
        VolumeTree dead = volume.mount();
        long inode = openUnlinked(volume, dead);
        VolumeTree alive = volume.mount();
        volume.beat(4, alive);
        assertThat(reads.attr(inode)).as("48 seconds are not dead").isNotNull();
        volume.beat(3, alive);
        assertThat(reads.attr(inode)).isNull();
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).hasSize(1);
        assertThat(volume.objects.ids()).isEmpty();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void aClockThatIsTenMinutesWrongEndsNoSession() throws Exception {
        Duration wrong = Duration.ofMinutes(10);
        VolumeTree behind = volume.mount(volume.clock.wrongBy(wrong.negated()));
        long inode = openUnlinked(volume, behind);
        VolumeTree right = volume.mount();
        VolumeTree ahead = volume.mount(volume.clock.wrongBy(wrong));
        volume.beat(100, behind, right, ahead);
        assertThat(reads.attr(inode)).isNotNull();
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).hasSize(3);
        volume.beat(7, right, ahead);
        assertThat(Scans.all(volume.stores.engine().scans().sessions()))
                .as("the one that really died")
                .hasSize(2);
        assertThat(reads.attr(inode)).isNull();
    }

    @Test
    void aLongOutageOfTheEngineEndsNoSession() throws Exception {
        VolumeTree first = volume.mount();
        long inode = openUnlinked(volume, first);
        VolumeTree second = volume.mount();
        volume.beat(5, first, second);
        volume.clock.advance(Duration.ofMinutes(30));
        second.heartbeat();
        second.heartbeat();
        volume.beat(1, second, first);
        volume.beat(20, second, first);
        assertThat(reads.attr(inode)).isNotNull();
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).hasSize(2);
    }

    @Test
    void aSessionTakenForDeadMakesItselfKnownAgain() throws Exception {
        VolumeTree asleep = volume.mount();
        VolumeTree other = volume.mount();
        volume.beat(10, other);
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).hasSize(1);
        asleep.heartbeat();
        assertThat(Scans.all(volume.stores.engine().scans().sessions())).hasSize(2);
        byte[] info = reads.sessionInfo(1);
        assertThat(info).isNotNull();
        assertThat(new String(info, StandardCharsets.UTF_8))
                .isEqualTo("{\"Version\":\"1.3.0\",\"HostName\":\"host\",\"MountPoint\":\"\","
                        + "\"MountTime\":\"2026-11-22T05:00:00Z\",\"ProcessID\":1}");
    }

    @Test
    void whereOnlyOneProcessCanBeTheSessionsOfOthersEndAtOnce() throws Exception {
        TestVolume own = volume(true);
        long inode = openUnlinked(own, own.mount());
        own.mount();
        assertThat(own.stores.engine().reads().attr(inode)).isNull();
        assertThat(Scans.all(own.stores.engine().scans().sessions())).hasSize(1);
        assertThat(own.objects.ids()).isEmpty();
    }

    @Test
    void anotherVolumeInItsPlaceIsNoticed() throws Exception {
        VolumeTree tree = volume.mount();
        byte[] json = volume.stores.engine().reads().setting();
        assertThat(json).isNotNull();
        String other = new String(json, StandardCharsets.UTF_8).replace("-000000000002", "-000000000003");
        try (MetaTransaction transaction = volume.stores.engine().begin()) {
            transaction.putSetting(other.getBytes(StandardCharsets.UTF_8));
            transaction.commit();
        }
        assertThatThrownBy(tree::heartbeat)
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.NOT_FOUND));
    }
}
