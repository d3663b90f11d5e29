package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is counted for directories, users and groups, and what happens at a limit. */
class QuotaTest {
    private static final int UNIT = 4096;
    private static final int CELL = SliceStore.CELL_BYTES;
    private static final Caller ALICE = new Caller(1000, 100, List.of(), 1);

    private TestVolume volume;
    private VolumeTree tree;

    @BeforeEach
    void mount() throws Exception {
        volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 1);
        tree = volume.mount();
    }

    @AfterEach
    void everySumIsWhatAWalkFinds() throws Exception {
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    private void limit(QuotaOwner owner, long space, long inodes) throws FileError {
        Quota now = volume.stores.engine().reads().quota(owner);
        var quota = new Quota(space, inodes, now == null ? 0 : now.usedSpace(), now == null ? 0 : now.usedInodes());
        new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
            transaction.putQuota(owner, quota);
            return true;
        });
        tree.heartbeat();
    }

    private Quota quota(QuotaOwner owner) throws FileError {
        return Objects.requireNonNull(volume.stores.engine().reads().quota(owner));
    }

    private long directory(long parent, String name) throws FileError {
        return tree.makeDirectory(Caller.ROOT, parent, Name.of(name), 0777).inode();
    }

    private long file(Caller caller, long parent, String name) throws FileError {
        return tree.makeNode(caller, parent, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
    }

    private void append(long inode, int cell) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, 1);
        try {
            tree.append(inode, 0, new SliceRecord(cell * CELL, id, CELL, 0, CELL), new Timestamp(1, 0));
        } catch (FileError e) {
            volume.objects.forget(id);
            throw e;
        }
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThat(catchThrowableOfType(FileError.class, call).kind()).isEqualTo(kind);
    }

    @Test
    void aDirectoryCountsWhatLiesInIt() throws Exception {
        long d = directory(FileTree.ROOT, "d");
        assertThat(stats(d)).isEqualTo(DirectoryStats.NONE);
        long f = file(Caller.ROOT, d, "f");
        append(f, 0);
        directory(d, "sub");
        tree.link(Caller.ROOT, f, d, Name.of("again"));
        assertThat(stats(d)).isEqualTo(new DirectoryStats(2L * CELL, 2L * CELL + UNIT, 3));
        append(f, 1);
        assertThat(stats(d))
                .as("a file grows under both of its names")
                .isEqualTo(new DirectoryStats(4L * CELL, 4L * CELL + UNIT, 3));
        tree.truncate(Caller.ROOT, f, 1);
        tree.unlink(Caller.ROOT, d, Name.of("again"));
        assertThat(stats(d)).isEqualTo(new DirectoryStats(1, 2L * UNIT, 2));
    }

    private DirectoryStats stats(long directory) throws FileError {
        return Objects.requireNonNull(volume.stores.engine().reads().directoryStats(directory));
    }

    @Test
    void aDirectoryTakesNoMoreThanItsQuota() throws Exception {
        long d = directory(FileTree.ROOT, "d");
        var owner = new QuotaOwner.Directory(d);
        limit(owner, 2L * CELL + UNIT, 3);
        long sub = directory(d, "sub");
        long f = file(Caller.ROOT, sub, "f");
        append(f, 0);
        append(f, 1);
        assertFails(Kind.OVER_QUOTA, () -> append(f, 2));
        assertFails(Kind.OVER_QUOTA, () -> tree.truncate(Caller.ROOT, f, 3L * CELL));
        assertFails(Kind.OVER_QUOTA, () -> file(Caller.ROOT, sub, "g"));
        assertThat(quota(owner)).isEqualTo(new Quota(2L * CELL + UNIT, 3, 2L * CELL + UNIT, 2));
        tree.unlink(Caller.ROOT, sub, Name.of("f"));
        assertThat(quota(owner).usedInodes()).as("the trash counts for nobody").isEqualTo(1);
        file(Caller.ROOT, sub, "g");
    }

    @Test
    void aTreeThatMovesTakesItsUseAlong() throws Exception {
        long from = directory(FileTree.ROOT, "from");
        long to = directory(FileTree.ROOT, "to");
        limit(new QuotaOwner.Directory(from), 0, 0);
        limit(new QuotaOwner.Directory(to), 0, 3);
        long moved = directory(from, "moved");
        append(file(Caller.ROOT, moved, "f"), 0);
        tree.rename(Caller.ROOT, from, Name.of("moved"), to, Name.of("moved"), RenameMode.REPLACE);
        assertThat(quota(new QuotaOwner.Directory(from)).usedInodes()).isZero();
        assertThat(quota(new QuotaOwner.Directory(to))).isEqualTo(new Quota(0, 3, CELL + UNIT, 2));
        directory(from, "two");
        file(Caller.ROOT, directory(from, "three"), "f");
        assertFails(
                Kind.OVER_QUOTA,
                () -> tree.rename(Caller.ROOT, from, Name.of("three"), to, Name.of("three"), RenameMode.REPLACE));
        tree.rename(Caller.ROOT, from, Name.of("two"), to, Name.of("moved"), RenameMode.EXCHANGE);
        assertThat(quota(new QuotaOwner.Directory(from)).usedInodes()).isEqualTo(4);
    }

    @Test
    void usersAndGroupsTakeNoMoreThanTheirs() throws Exception {
        long shared = directory(FileTree.ROOT, "shared");
        limit(new QuotaOwner.User(1000), 0, 2);
        limit(new QuotaOwner.Group(100), CELL + UNIT, 0);
        long f = file(ALICE, shared, "f");
        append(f, 0);
        file(ALICE, shared, "g");
        assertFails(Kind.OVER_QUOTA, () -> file(ALICE, shared, "h"));
        assertFails(Kind.OVER_QUOTA, () -> append(f, 1));
        tree.change(Caller.ROOT, f, new AttrChange(null, 7, 8, null, null, null));
        tree.flushSums();
        assertThat(quota(new QuotaOwner.User(1000)).usedInodes()).isEqualTo(1);
        assertThat(quota(new QuotaOwner.User(7)).usedSpace()).isEqualTo(CELL);
        append(f, 1);
        file(ALICE, shared, "h");
    }

    @Test
    void aDirectoryThatIsRemovedHasNoQuota() throws Exception {
        long d = directory(FileTree.ROOT, "d");
        limit(new QuotaOwner.Directory(d), 1, 1);
        tree.removeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"));
        assertThat(volume.stores.engine().reads().quota(new QuotaOwner.Directory(d)))
                .isNull();
        assertThat(volume.stores.engine().reads().directoryStats(d)).isNull();
    }
}
