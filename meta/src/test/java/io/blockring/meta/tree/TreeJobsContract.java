package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What jobs on whole trees promise, on every engine; the records are checked after each. */
abstract class TreeJobsContract {
    private static final int CELL = SliceStore.CELL_BYTES;
    private static final int UNIT = 4096;
    private static final Caller ALICE = new Caller(1000, 100, List.of(), 1);
    private static final CloneOptions PRESERVE = new CloneOptions(true, 0, 4);
    private static final CloneOptions PLAIN = new CloneOptions(false, 022, 4);

    private TestVolume volume;
    private VolumeTree tree;
    private TreeJobs jobs;

    abstract TestStores stores() throws Exception;

    @BeforeEach
    void mount() throws Exception {
        volume = new TestVolume(stores(), 1);
        tree = volume.mount();
        jobs = tree.jobs();
    }

    @AfterEach
    void theVolumeIsSound() throws Exception {
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        assertThat(volume.objects.ids()).containsAll(StructureCheck.usedSlices(volume.stores.dump()));
        tree.close();
        volume.stores.close();
    }

    private static Name name(String text) {
        return Name.stored(text.getBytes(StandardCharsets.UTF_8));
    }

    private long directory(long parent, String name) throws FileError {
        return tree.makeDirectory(Caller.ROOT, parent, name(name), 0777).inode();
    }

    private long file(Caller caller, long parent, String name, int cells) throws FileError {
        long inode = tree.makeNode(caller, parent, name(name), FileType.FILE, 0666, 0)
                .inode();
        for (int i = 0; i < cells; i++) {
            append(inode, 0, i);
        }
        return inode;
    }

    private void append(long inode, int chunk, int cell) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, 1);
        tree.append(inode, chunk, new SliceRecord(cell * CELL, id, CELL, 0, CELL), new Timestamp(1, 0));
    }

    private long[] read(long inode, int cells) throws Exception {
        return volume.objects.read(tree, inode, cells);
    }

    private long at(String path) throws FileError {
        long at = FileTree.ROOT;
        for (String part : path.split("/", -1)) {
            at = tree.lookup(at, name(part)).inode();
        }
        return at;
    }

    private Set<String> listed(long directory) throws FileError {
        var names = new TreeSet<String>();
        Name after = null;
        List<Dentry> some;
        do {
            some = tree.list(directory, after, 1000, false);
            for (Dentry entry : some) {
                names.add(entry.name().toString());
                after = entry.name();
            }
        } while (some.size() == 1000);
        return names;
    }

    private void limit(QuotaOwner owner, long space, long inodes) throws FileError {
        jobs.setQuota(owner, space, inodes, false, JobWatch.NONE);
    }

    private Quota quota(QuotaOwner owner) throws FileError {
        return jobs.quota(owner).quota();
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThat(catchThrowableOfType(FileError.class, call).kind()).isEqualTo(kind);
    }

    /** A tree of two levels with a file, a symlink, a hard link, a pipe and an extended attribute. */
    private long sample() throws FileError {
        long top = directory(FileTree.ROOT, "src");
        long sub = directory(top, "sub");
        long f = file(ALICE, top, "f", 3);
        tree.setExtendedAttribute(f, name("user.a"), "v".getBytes(StandardCharsets.UTF_8), AttributeMode.CREATE);
        tree.link(Caller.ROOT, f, sub, name("again"));
        tree.makeSymlink(Caller.ROOT, sub, name("s"), "../f".getBytes(StandardCharsets.UTF_8));
        tree.makeNode(Caller.ROOT, sub, name("p"), FileType.FIFO, 0600, 0);
        directory(sub, "empty");
        return top;
    }

    @Test
    void aCloneHasAllOfItsSourceAndSharesItsData() throws Exception {
        long top = sample();
        TreeJobs.Cloned cloned = jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("dst"), PRESERVE, JobWatch.NONE);
        assertThat(cloned.entries()).isEqualTo(7);
        assertThat(listed(at("dst"))).containsExactly("f", "sub");
        assertThat(listed(at("dst/sub"))).containsExactly("again", "empty", "p", "s");
        Attr source = tree.attributes(at("src/f"));
        Attr copy = tree.attributes(at("dst/f"));
        assertThat(copy.uid()).isEqualTo(1000);
        assertThat(copy.mtime()).isEqualTo(source.mtime());
        assertThat(copy.nlink()).as("hard links become files of their own").isEqualTo(1);
        assertThat(at("dst/sub/again")).isNotEqualTo(at("dst/f"));
        assertThat(read(at("dst/f"), 3)).isEqualTo(read(at("src/f"), 3));
        assertThat(tree.extendedAttribute(at("dst/f"), name("user.a"))).isEqualTo("v".getBytes(StandardCharsets.UTF_8));
        assertThat(tree.readSymlink(at("dst/sub/s"))).isEqualTo("../f".getBytes(StandardCharsets.UTF_8));
        assertThat(tree.attributes(at("dst/sub/p")).type()).isEqualTo(FileType.FIFO);
        assertThat(Scans.all(volume.stores.engine().scans().detachedTrees())).isEmpty();
    }

    @Test
    void withoutPreserveACloneIsTheCallersOwn() throws Exception {
        long top = sample();
        jobs.clone(ALICE, top, FileTree.ROOT, name("dst"), PLAIN, JobWatch.NONE);
        Attr copy = tree.attributes(at("dst/sub"));
        assertThat(copy.uid()).isEqualTo(1000);
        assertThat(copy.gid()).isEqualTo(100);
        assertThat(copy.mode()).isEqualTo(0755);
        assertThat(copy.mtime().seconds()).isGreaterThan(1);
    }

    @Test
    void changingOrDeletingOneOfTwoCopiesLeavesTheOther() throws Exception {
        long f = file(Caller.ROOT, FileTree.ROOT, "f", 3);
        long[] before = read(f, 3);
        jobs.clone(Caller.ROOT, f, FileTree.ROOT, name("g"), PLAIN, JobWatch.NONE);
        long g = at("g");
        append(g, 0, 1);
        assertThat(read(f, 3)).isEqualTo(before);
        jobs.compact(g, 2, JobWatch.NONE);
        long[] changed = read(g, 3);
        assertThat(changed[0]).isEqualTo(before[0]);
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("f"), true, 2, JobWatch.NONE);
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(read(g, 3)).isEqualTo(changed);
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("g"), true, 2, JobWatch.NONE);
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(volume.objects.ids())
                .as("the last reference takes the data along")
                .isEmpty();
    }

    @Test
    void aFileOfManyChunksIsClonedInSteps() throws Exception {
        long f = file(Caller.ROOT, FileTree.ROOT, "f", 1);
        for (int chunk : new int[] {1, 17, 40}) {
            append(f, chunk, 2);
        }
        long d = directory(FileTree.ROOT, "d");
        tree.link(Caller.ROOT, f, d, name("in"));
        int cells = 41 * SliceStore.CELLS_IN_CHUNK;
        jobs.clone(Caller.ROOT, f, FileTree.ROOT, name("g"), PLAIN, JobWatch.NONE);
        jobs.clone(Caller.ROOT, d, FileTree.ROOT, name("e"), PLAIN, JobWatch.NONE);
        assertThat(read(at("g"), cells)).isEqualTo(read(f, cells));
        assertThat(read(at("e/in"), cells)).isEqualTo(read(f, cells));
        assertThat(tree.attributes(at("g")).parent()).isEqualTo(FileTree.ROOT);
    }

    @Test
    void largeDirectoriesAreClonedRemovedAndRestored() throws Exception {
        long top = directory(FileTree.ROOT, "many");
        for (int i = 0; i < 1203; i++) {
            tree.makeNode(Caller.ROOT, top, name("f" + i), FileType.FILE, 0644, 0);
        }
        assertThat(jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("copy"), PLAIN, JobWatch.NONE)
                        .entries())
                .isEqualTo(1204);
        assertThat(listed(at("copy"))).isEqualTo(listed(top));
        assertThat(jobs.remove(Caller.ROOT, FileTree.ROOT, name("copy"), false, 4, JobWatch.NONE))
                .isEqualTo(new TreeJobs.Removed(1204, 0));
        assertThat(jobs.restore(List.of(hour()), true, 4, JobWatch.NONE))
                .isEqualTo(new TreeJobs.Restored(1204, 0, 0, 0));
        assertThat(listed(at("copy"))).isEqualTo(listed(top));
    }

    private Name hour() throws FileError {
        List<Dentry> hours = tree.list(Trash.ROOT, null, 10, false);
        assertThat(hours).hasSize(1);
        return hours.getFirst().name();
    }

    @Test
    void aCloneCountsForTheQuotasAboveItOnceItIsThere() throws Exception {
        long top = sample();
        long to = directory(FileTree.ROOT, "to");
        limit(new QuotaOwner.Directory(to), 0, 100);
        jobs.clone(Caller.ROOT, top, to, name("dst"), PRESERVE, JobWatch.NONE);
        assertThat(quota(new QuotaOwner.Directory(to))).isEqualTo(new Quota(0, 100, 2L * 3 * CELL + 5L * UNIT, 7));
        assertThat(volume.stores.engine().reads().directoryStats(at("to/dst")))
                .isEqualTo(new DirectoryStats(3L * CELL, 3L * CELL + UNIT, 2));
    }

    @Test
    void aCloneThatHasNoRoomLeavesNothing() throws Exception {
        long top = sample();
        long to = directory(FileTree.ROOT, "to");
        limit(new QuotaOwner.Directory(to), 0, 6);
        assertFails(Kind.OVER_QUOTA, () -> jobs.clone(Caller.ROOT, top, to, name("dst"), PRESERVE, JobWatch.NONE));
        limit(new QuotaOwner.Directory(to), 0, 0);
        limit(new QuotaOwner.User(1000), 0, 2);
        assertFails(Kind.OVER_QUOTA, () -> jobs.clone(Caller.ROOT, top, to, name("dst"), PRESERVE, JobWatch.NONE));
        assertThat(listed(to)).isEmpty();
        assertThat(quota(new QuotaOwner.User(1000)).usedInodes()).isEqualTo(1);
        assertThat(Scans.all(volume.stores.engine().scans().detachedTrees())).isEmpty();
    }

    @Test
    void aCloneGoesWhereNothingIs() throws Exception {
        long top = sample();
        assertFails(Kind.EXISTS, () -> jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("src"), PLAIN, JobWatch.NONE));
        assertFails(
                Kind.NOT_PERMITTED,
                () -> jobs.clone(Caller.ROOT, top, FileTree.ROOT, name(".trash"), PLAIN, JobWatch.NONE));
        assertFails(
                Kind.NOT_DIRECTORY, () -> jobs.clone(Caller.ROOT, top, at("src/f"), name("x"), PLAIN, JobWatch.NONE));
        jobs.clone(Caller.ROOT, top, top, name("inside"), PLAIN, JobWatch.NONE);
        assertThat(listed(at("src/inside"))).containsExactly("f", "sub");
    }

    @Test
    void aSourceThatChangesMeanwhileDoesNoHarm() throws Exception {
        long top = sample();
        for (int i = 0; i < 150; i++) {
            file(Caller.ROOT, top, "n" + i, 1);
        }
        var ended = new AtomicBoolean();
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<?> changes = other.submit(() -> {
                for (int i = 0; !ended.get(); i = (i + 1) % 150) {
                    tree.unlink(Caller.ROOT, top, name("n" + i));
                    append(file(Caller.ROOT, top, "new", 1), 0, 0);
                    tree.rename(Caller.ROOT, top, name("new"), top, name("n" + i), RenameMode.REPLACE);
                    tree.truncate(Caller.ROOT, at("src/f"), i % 3 * (long) CELL + 1);
                    append(at("src/f"), 0, i % 3);
                }
                return true;
            });
            try {
                for (int i = 0; i < 2; i++) {
                    jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("c" + i), PLAIN, JobWatch.NONE);
                    assertThat(listed(at("c" + i))).hasSizeBetween(148, 153);
                    jobs.remove(Caller.ROOT, FileTree.ROOT, name("c" + i), i % 2 == 0, 4, JobWatch.NONE);
                }
            } finally {
                ended.set(true);
            }
            changes.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void aStoppedCloneLeavesNothing() throws Exception {
        long top = sample();
        var watch = new Stopping(3);
        assertFails(Kind.INTERRUPTED, () -> jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("dst"), PLAIN, watch));
        assertThat(listed(FileTree.ROOT)).containsExactly("src");
        assertThat(Scans.all(volume.stores.engine().scans().detachedTrees())).isEmpty();
    }

    /** Ends its job after some questions. */
    private static final class Stopping implements JobWatch {
        private final AtomicInteger left;

        Stopping(int questions) {
            left = new AtomicInteger(questions);
        }

        @Override
        public boolean isStopped() {
            return left.decrementAndGet() < 0;
        }
    }

    private static final class Told implements JobWatch {
        final Queue<String> failed = new ConcurrentLinkedQueue<>();
        final Queue<String> changed = new ConcurrentLinkedQueue<>();

        @Override
        public void failed(String path, FileError why) {
            failed.add(path + " " + why.kind());
        }

        @Override
        public void entryChanged(long directory, Name name) {
            changed.add(name.toString());
        }
    }

    @Test
    void aTreeIsRemovedIntoTheTrashOrForGood() throws Exception {
        sample();
        var told = new Told();
        jobs.clone(Caller.ROOT, at("src"), FileTree.ROOT, name("dst"), PRESERVE, JobWatch.NONE);
        assertThat(jobs.remove(Caller.ROOT, FileTree.ROOT, name("dst"), true, 4, told))
                .isEqualTo(new TreeJobs.Removed(7, 0));
        assertThat(told.changed).containsExactlyInAnyOrder("f", "again", "p", "s", "empty", "sub", "dst");
        assertThat(tree.list(Trash.ROOT, null, 10, false)).isEmpty();
        assertThat(jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), false, 4, told))
                .isEqualTo(new TreeJobs.Removed(7, 0));
        assertThat(listed(FileTree.ROOT)).isEmpty();
        assertThat(told.failed).isEmpty();
        assertFails(
                Kind.NOT_PERMITTED,
                () -> jobs.remove(Caller.ROOT, FileTree.ROOT, name(".trash"), true, 4, JobWatch.NONE));
    }

    @Test
    void whatCannotBeRemovedIsToldAndTheRestGoes() throws Exception {
        sample();
        long empty = at("src/sub/empty");
        Attr attr = tree.attributes(empty);
        put(empty, withFlags(attr, Flags.IMMUTABLE));
        var told = new Told();
        assertThat(jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), true, 4, told))
                .isEqualTo(new TreeJobs.Removed(4, 1));
        assertThat(told.failed).containsExactly("/sub/empty NOT_PERMITTED");
        assertThat(listed(at("src/sub"))).containsExactly("empty");
        put(empty, attr);
        assertThat(jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), true, 4, told))
                .isEqualTo(new TreeJobs.Removed(3, 0));
    }

    private void put(long inode, Attr attr) throws FileError {
        new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
            transaction.putAttr(inode, attr);
            return true;
        });
    }

    private static Attr withFlags(Attr attr, int flags) {
        return new Attr(
                flags,
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                attr.atime(),
                attr.mtime(),
                attr.ctime(),
                attr.nlink(),
                attr.length(),
                attr.rdev(),
                attr.parent(),
                attr.accessAcl(),
                attr.defaultAcl(),
                attr.tier());
    }

    @Test
    void aDirectoryThatIsMovedOutOfARemovedTreeIsLeft() throws Exception {
        long top = sample();
        for (int i = 0; i < 1001; i++) {
            tree.makeNode(Caller.ROOT, top, name("a" + i), FileType.FILE, 0644, 0);
        }
        JobWatch moving = new JobWatch() {
            private boolean moved;

            @Override
            public synchronized void entryChanged(long directory, Name name) {
                if (!moved) {
                    moved = true;
                    try {
                        tree.rename(Caller.ROOT, top, name("sub"), FileTree.ROOT, name("saved"), RenameMode.NO_REPLACE);
                    } catch (FileError e) {
                        throw new AssertionError(e);
                    }
                }
            }
        };
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), true, 1, moving);
        assertThat(listed(at("saved"))).containsExactly("again", "empty", "p", "s");
    }

    @Test
    void aRemovedTreeIsMadeWholeInTheTrashAndThenPutBack() throws Exception {
        long top = sample();
        limit(new QuotaOwner.Directory(top), 0, 50);
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), false, 4, JobWatch.NONE);
        TreeJobs.Restored merged = jobs.restore(List.of(hour()), false, 4, JobWatch.NONE);
        assertThat(merged.waiting()).as("the top").isEqualTo(1);
        assertThat(merged.restored()).isEqualTo(6);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        assertThat(jobs.restore(List.of(hour()), true, 4, JobWatch.NONE)).isEqualTo(new TreeJobs.Restored(1, 0, 0, 0));
        assertThat(listed(at("src"))).containsExactly("f", "sub");
        assertThat(listed(at("src/sub"))).containsExactly("again", "empty", "p", "s");
        assertThat(at("src/sub/again")).isEqualTo(at("src/f"));
        assertThat(tree.attributes(at("src/sub/again")).nlink()).isEqualTo(2);
        assertThat(volume.stores.engine().reads().directoryStats(at("src/sub"))).isNotNull();
    }

    @Test
    void aTakenNameStaysInTheTrash() throws Exception {
        file(Caller.ROOT, FileTree.ROOT, "f", 1);
        tree.unlink(Caller.ROOT, FileTree.ROOT, name("f"));
        long newer = file(Caller.ROOT, FileTree.ROOT, "f", 1);
        var told = new Told();
        assertThat(jobs.restore(List.of(hour()), true, 1, told)).isEqualTo(new TreeJobs.Restored(0, 0, 1, 0));
        assertThat(told.failed).hasSize(1);
        assertThat(at("f")).isEqualTo(newer);
        assertFails(Kind.NOT_FOUND, () -> jobs.restore(List.of(name("2001-01-01-00")), true, 1, told));
    }

    @Test
    void aTreeThatWasMadeWholeInTheTrashGoesWithItsFolder() throws Exception {
        sample();
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), false, 4, JobWatch.NONE);
        jobs.restore(List.of(hour()), false, 4, JobWatch.NONE);
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(tree.list(Trash.ROOT, null, 10, false)).isEmpty();
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(volume.objects.ids()).isEmpty();
    }

    @Test
    void compactingATreeMakesOneSliceOfEachChunk() throws Exception {
        long top = sample();
        append(at("src/f"), 0, 0);
        append(at("src/f"), 0, 1);
        long[] before = read(at("src/f"), 3);
        TreeJobs.Compacted compacted = jobs.compact(top, 3, JobWatch.NONE);
        assertThat(compacted.failed()).isZero();
        assertThat(compacted.files()).as("names").isEqualTo(2);
        assertThat(tree.slices(at("src/f"), 0)).hasSize(1);
        assertThat(read(at("src/f"), 3)).isEqualTo(before);
    }

    @Test
    void usageIsToldFromStatisticsAndByAWalk() throws Exception {
        long top = sample();
        for (boolean strict : new boolean[] {false, true}) {
            var question = new TreeJobs.Question(1, 1, strict, 3);
            TreeJobs.TreeEntry all = jobs.usage(top, question, JobWatch.NONE);
            assertThat(all.sum()).isEqualTo(new TreeSum(4, 3, 6L * CELL, 6L * CELL + 5L * UNIT));
            assertThat(all.below()).extracting(TreeJobs.TreeEntry::path).containsExactly("sub");
            assertThat(all.below().getFirst().sum()).isEqualTo(new TreeSum(3, 2, 3L * CELL, 3L * CELL + 4L * UNIT));
            assertThat(all.others()).isEqualTo(new TreeSum(1, 0, 3L * CELL, 3L * CELL));
        }
    }

    @Test
    void anInodeIsFoundByAllOfItsNames() throws Exception {
        sample();
        TreeJobs.InodeInfo info = jobs.info(at("src/f"));
        assertThat(info.paths()).containsExactlyInAnyOrder("/src/f", "/src/sub/again");
        assertThat(jobs.info(at("src/sub/empty")).paths()).containsExactly("/src/sub/empty");
        assertThat(jobs.info(FileTree.ROOT).paths()).containsExactly("/");
        assertThat(jobs.chunks(at("src/f"), 0)).containsOnlyKeys(0);
        assertThat(jobs.chunks(at("src/f"), 1)).isEmpty();
    }

    @Test
    void aQuotaCountsWhatWasThereBefore() throws Exception {
        long top = sample();
        TreeJobs.OwnedQuota set = jobs.setQuota(new QuotaOwner.Directory(top), 1L * CELL, null, false, JobWatch.NONE);
        assertThat(set.path()).isEqualTo("/src");
        assertThat(set.quota()).isEqualTo(new Quota(CELL, -1, 6L * CELL + 4L * UNIT, 6));
        assertThat(set.quota().isPassedBy(1, 0)).isTrue();
        assertFails(Kind.OVER_QUOTA, () -> append(at("src/f"), 0, 3));
        jobs.setQuota(new QuotaOwner.Directory(top), 100L * CELL, 7L, false, JobWatch.NONE);
        append(at("src/f"), 0, 3);
        assertThat(quota(new QuotaOwner.Directory(top))).isEqualTo(new Quota(100L * CELL, 7, 8L * CELL + 4L * UNIT, 6));
        assertThat(jobs.quotas()).hasSize(1);
        jobs.removeQuota(new QuotaOwner.Directory(top));
        assertThat(jobs.quotas()).isEmpty();
        assertFails(Kind.NOT_FOUND, () -> jobs.removeQuota(new QuotaOwner.Directory(top)));
        assertFails(
                Kind.NOT_PERMITTED,
                () -> jobs.setQuota(new QuotaOwner.Directory(Trash.ROOT), 1L, 1L, false, JobWatch.NONE));
    }

    @Test
    void theFirstQuotaOfAUserMakesAllClientsCount() throws Exception {
        sample();
        setting("\"UserGroupQuota\": true", "\"UserGroupQuota\": false");
        for (QuotaOwner owner : Scans.all(volume.stores.engine().scans().quotaOwners())) {
            new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
                transaction.deleteQuota(owner);
                return true;
            });
        }
        tree.heartbeat();
        file(ALICE, FileTree.ROOT, "uncounted", 1);
        TreeJobs.OwnedQuota set = jobs.setQuota(new QuotaOwner.User(1000), null, 3L, false, JobWatch.NONE);
        assertThat(set.quota()).isEqualTo(new Quota(-1, 3, 4L * CELL, 2));
        file(ALICE, FileTree.ROOT, "third", 0);
        assertFails(Kind.OVER_QUOTA, () -> file(ALICE, FileTree.ROOT, "fourth", 0));
        assertThat(new String(
                        Objects.requireNonNull(volume.stores.engine().reads().setting()), StandardCharsets.UTF_8))
                .contains("\"UserGroupQuota\": true", "\"MinClientVersion\": \"1.3.0");
        jobs.removeQuota(new QuotaOwner.User(1000));
        file(ALICE, FileTree.ROOT, "fourth", 0);
        assertThat(quota(new QuotaOwner.User(1000)).usedInodes())
                .as("it is counted on")
                .isEqualTo(4);
    }

    private void setting(String old, String replacement) throws FileError {
        new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
            byte[] json = Objects.requireNonNull(transaction.setting());
            String text = new String(json, StandardCharsets.UTF_8);
            assertThat(text).contains(old);
            transaction.putSetting(text.replace(old, replacement).getBytes(StandardCharsets.UTF_8));
            return true;
        });
    }

    @Test
    void wrongSumsAreFoundAndMended() throws Exception {
        long top = sample();
        limit(new QuotaOwner.Directory(top), 0, 50);
        volume.stores.engine().flushUsage();
        var wrong = new DirectoryStats(1, 2, 3);
        new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
            transaction.putDirectoryStats(at("src/sub"), wrong);
            transaction.putQuota(new QuotaOwner.Directory(top), new Quota(0, 50, 1, 1));
            transaction.putQuota(new QuotaOwner.User(1000), new Quota(-1, -1, 1, 1));
            return true;
        });
        List<TreeJobs.WrongSum> found = jobs.checkQuotas(null, true, false, JobWatch.NONE);
        assertThat(found).extracting(TreeJobs.WrongSum::path).contains("/src/sub", "/src");
        assertThat(owners(found)).contains(new QuotaOwner.User(1000), new QuotaOwner.Directory(top));
        assertThat(jobs.checkQuotas(new QuotaOwner.Directory(top), false, false, JobWatch.NONE))
                .hasSize(1);
        assertThat(jobs.checkQuotas(null, true, true, JobWatch.NONE)).hasSize(3);
        assertThat(jobs.checkQuotas(null, true, false, JobWatch.NONE)).isEmpty();
    }

    private static List<QuotaOwner> owners(List<TreeJobs.WrongSum> found) {
        var owners = new ArrayList<QuotaOwner>();
        found.forEach(one -> owners.add(one.owner()));
        return owners;
    }

    @Test
    void aFolderOfTheTrashIsEmptiedAndStays() throws Exception {
        sample();
        jobs.remove(Caller.ROOT, FileTree.ROOT, name("src"), false, 4, JobWatch.NONE);
        Name hour = hour();
        assertThat(jobs.remove(Caller.ROOT, Trash.ROOT, hour, false, 4, JobWatch.NONE))
                .isEqualTo(new TreeJobs.Removed(7, 0));
        file(Caller.ROOT, FileTree.ROOT, "f", 1);
        tree.unlink(Caller.ROOT, FileTree.ROOT, name("f"));
        assertThat(hour()).isEqualTo(hour);
    }

    @Test
    void whatACloneLeftIsDeletedAfterADay() throws Exception {
        long top = sample();
        long left = abandon(top);
        assertThat(jobs.abandonedClones()).isZero();
        volume.clock.advance(Duration.ofHours(25));
        assertThat(jobs.abandonedClones()).isEqualTo(1);
        assertThat(jobs.deleteAbandonedClones(JobWatch.NONE)).isEqualTo(1);
        assertFails(Kind.NOT_FOUND, () -> tree.attributes(left));
        assertThat(Scans.all(volume.stores.engine().scans().detachedTrees())).isEmpty();
    }

    /** Takes the name from a cloned tree, as if its client had died before it got one. */
    private long abandon(long top) throws FileError {
        TreeJobs.Cloned cloned = jobs.clone(Caller.ROOT, top, FileTree.ROOT, name("dst"), PLAIN, JobWatch.NONE);
        Attr root = tree.attributes(FileTree.ROOT);
        Attr attr = tree.attributes(cloned.inode());
        new Transactions(volume.stores.engine(), new InodeLocks()).run(transaction -> {
            @Nullable Attr now = transaction.attr(FileTree.ROOT);
            assertThat(now).isEqualTo(root);
            transaction.deleteChild(FileTree.ROOT, name("dst"));
            transaction.touchDirectory(FileTree.ROOT, root, -1, root.mtime());
            AttrDraft nowhere = new AttrDraft(attr);
            nowhere.parent = 0;
            transaction.putAttr(cloned.inode(), nowhere.done());
            transaction.addDirectoryStats(FileTree.ROOT, new DirectoryStats(0, -UNIT, -1));
            transaction.putDetached(new io.blockring.meta.engine.DetachedTree(
                    cloned.inode(), volume.clock.instant().getEpochSecond()));
            return true;
        });
        return cloned.inode();
    }
}
