package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.AttrChange.Time;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may change which attributes, and what a change takes with it. */
class AttributeRulesTest {
    private static final Caller OWNER = new Caller(1000, 100, List.of(200), 1);
    private static final Caller OTHER = new Caller(2000, 300, List.of(), 1);
    private static final Timestamp GIVEN = new Timestamp(1_000_000, 7);

    private VolumeTree tree;

    @BeforeEach
    void mount() throws Exception {
        tree = new TestVolume(TestStores.memory(new MemoryByteStore(true)), 0).mount();
    }

    private long file(int mode) throws FileError {
        return tree.makeNode(OWNER, FileTree.ROOT, Name.of("f" + mode), FileType.FILE, mode, 0)
                .inode();
    }

    private static AttrChange mode(int mode) {
        return new AttrChange(mode, null, null, null, null, null);
    }

    private static AttrChange owner(@Nullable Integer uid, @Nullable Integer gid) {
        return new AttrChange(null, uid, gid, null, null, null);
    }

    private static AttrChange times(Time atime, Time mtime) {
        return new AttrChange(null, null, null, atime, mtime, null);
    }

    private static Kind kindOf(ThrowingCallable call) {
        return catchThrowableOfType(FileError.class, call).kind();
    }

    @Test
    void onlyTheOwnerAndRootChangeTheMode() throws Exception {
        long inode = file(0644);
        assertThat(tree.change(OWNER, inode, mode(0600)).mode()).isEqualTo(0600);
        assertThat(tree.change(Caller.ROOT, inode, mode(04755)).mode()).isEqualTo(04755);
        assertThat(kindOf(() -> tree.change(OTHER, inode, mode(0777)))).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(tree.change(OTHER, inode, mode(0755)).mode())
                .as("a writer's kernel takes the set-id bits away")
                .isEqualTo(0755);
    }

    @Test
    void setGroupIdIsForMembersOfTheGroup() throws Exception {
        long inode = file(0755);
        assertThat(tree.change(OWNER, inode, mode(02755)).mode()).isEqualTo(02755);
        tree.change(Caller.ROOT, inode, owner(null, 999));
        assertThat(tree.change(OWNER, inode, mode(02755)).mode()).isEqualTo(0755);
        assertThat(tree.change(Caller.ROOT, inode, mode(02755)).mode()).isEqualTo(02755);
    }

    @Test
    void onlyRootGivesFilesAway() throws Exception {
        long inode = file(0644);
        assertThat(kindOf(() -> tree.change(OWNER, inode, owner(2000, null)))).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(kindOf(() -> tree.change(OWNER, inode, owner(null, 300)))).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(kindOf(() -> tree.change(OTHER, inode, owner(2000, 300)))).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(tree.change(OWNER, inode, owner(1000, 200)).gid()).isEqualTo(200);
        assertThat(tree.change(Caller.ROOT, inode, owner(2000, 300)).uid()).isEqualTo(2000);
    }

    @Test
    void aNewOwnerTakesTheSetIdBitsOfFilesAway() throws Exception {
        long inode = file(06755);
        assertThat(tree.change(OWNER, inode, owner(null, 200)).mode()).isEqualTo(0755);
        long locking = file(06745);
        assertThat(tree.change(Caller.ROOT, locking, owner(5, 5)).mode())
                .as("set-group-id without group execute stays")
                .isEqualTo(02745);
        long directory =
                tree.makeDirectory(OWNER, FileTree.ROOT, Name.of("d"), 06755).inode();
        assertThat(tree.change(Caller.ROOT, directory, owner(5, 5)).mode()).isEqualTo(06755);
    }

    @Test
    void timesAreSetByTheOwnerAndToNowByWriters() throws Exception {
        long inode = file(0642);
        Attr set = tree.change(OWNER, inode, times(new Time.At(GIVEN), new Time.At(GIVEN)));
        assertThat(set.atime()).isEqualTo(GIVEN);
        assertThat(set.mtime()).isEqualTo(GIVEN);
        assertThat(set.ctime()).isGreaterThan(GIVEN);
        assertThat(kindOf(() -> tree.change(OTHER, inode, times(new Time.At(GIVEN), new Time.Now()))))
                .isEqualTo(Kind.NOT_PERMITTED);
        assertThat(tree.change(OTHER, inode, times(new Time.Now(), new Time.Now()))
                        .mtime())
                .isGreaterThan(GIVEN);
        long closed = file(0644);
        assertThat(kindOf(() -> tree.change(OTHER, closed, times(new Time.Now(), new Time.Now()))))
                .isEqualTo(Kind.NO_ACCESS);
    }

    @Test
    void everyChangeSetsTheTimeOfChange() throws Exception {
        long inode = file(0644);
        Timestamp before = tree.attributes(inode).ctime();
        assertThat(tree.change(OWNER, inode, mode(0644)).ctime()).isGreaterThan(before);
        var none = new AttrChange(null, null, null, null, null, null);
        assertThat(tree.change(OTHER, inode, none)).isEqualTo(tree.attributes(inode));
    }

    @Test
    void aDirectoryWithSetGroupIdPassesItsGroupOn() throws Exception {
        long directory =
                tree.makeDirectory(OWNER, FileTree.ROOT, Name.of("d"), 02777).inode();
        tree.change(Caller.ROOT, directory, owner(null, 777));
        Attr file = tree.makeNode(OTHER, directory, Name.of("f"), FileType.FILE, 02755, 0)
                .attr();
        assertThat(file.gid()).isEqualTo(777);
        assertThat(file.mode()).as("not a member of the group").isEqualTo(0755);
        Attr below = tree.makeDirectory(OTHER, directory, Name.of("s"), 0755).attr();
        assertThat(below.gid()).isEqualTo(777);
        assertThat(below.mode()).isEqualTo(02755);
    }

    @Test
    void truncationByOthersThanRootTakesTheSetIdBitsAway() throws Exception {
        long inode = file(06755);
        assertThat(tree.truncate(Caller.ROOT, inode, 10).mode()).isEqualTo(06755);
        assertThat(tree.truncate(OWNER, inode, 0).mode()).isEqualTo(0755);
    }

    @Test
    void directoriesTellWhatChangedInThem() throws Exception {
        long directory =
                tree.makeDirectory(OWNER, FileTree.ROOT, Name.of("d"), 0755).inode();
        Attr before = tree.attributes(directory);
        tree.makeNode(OWNER, directory, Name.of("f"), FileType.FILE, 0644, 0);
        Attr made = tree.attributes(directory);
        assertThat(made.mtime()).isGreaterThan(before.mtime());
        assertThat(made.ctime()).isEqualTo(made.mtime());
        tree.unlink(OWNER, directory, Name.of("f"));
        assertThat(tree.attributes(directory).mtime()).isGreaterThan(made.mtime());
    }
}
