package io.blockring.meta.engine;

import static io.blockring.meta.engine.Scans.all;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine keeps; each runs this. */
public abstract class MetaEngineContract implements LockRecordsContract, AclRecordsContract {
    @FunctionalInterface
    private interface Writes {
        void make(MetaTransaction transaction) throws FileError;
    }

    private static final long INODE = 0x0102_0304_0506_0708L;
    private static final SliceRecord SLICE = new SliceRecord(10, 7, 100, 5, 90);
    private static final SliceRecord ZEROS = new SliceRecord(0, 0, 0, 0, 50);

    private static final DeletedFile DELETED = new DeletedFile(INODE, 77, 1_700_000_000);
    private static final DelayedSlices DELAYED =
            new DelayedSlices(1_700_000_000, 9, List.of(new SliceKey(1, 2), new SliceKey(3, 4)));

    private MetaEngine engine;

    /** An engine without any record. */
    protected abstract MetaEngine open() throws Exception;

    @BeforeEach
    void openEngine() throws Exception {
        engine = open();
    }

    @Override
    public MetaEngine engine() {
        return engine;
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    private static Attr attr(int mode, long parent) {
        var time = new Timestamp(1_700_000_000, 999_999_999);
        return new Attr(0, FileType.FILE, mode, -2, 100, time, time, time, 1, 1L << 40, 0x0801, parent, 0, 0, 0);
    }

    private CommitOutcome commit(Writes writes) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            writes.make(transaction);
            return transaction.commit();
        }
    }

    private void committed(Writes writes) throws FileError {
        assertThat(commit(writes)).isEqualTo(CommitOutcome.COMMITTED);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void whatIsNotThereIsNothing() throws Exception {
        MetaReads reads = engine.reads();
        assertThat(reads.setting()).isNull();
        assertThat(reads.attr(1)).isNull();
        assertThat(reads.attrs(List.of())).isEmpty();
        assertThat(reads.attrs(List.of(1L, 2L))).containsExactly(null, null);
        assertThat(reads.child(1, Name.of("a"))).isNull();
        assertThat(reads.children(1, null, 10)).isEmpty();
        assertThat(reads.symlink(1)).isNull();
        assertThat(reads.xattr(1, Name.of("user.a"))).isNull();
        assertThat(reads.xattrNames(1)).isEmpty();
        assertThat(reads.parents(1)).isEmpty();
        assertThat(reads.slices(1, 0)).isEmpty();
        assertThat(reads.chunks(1, 0, 100_000, 10)).isEmpty();
        assertThat(reads.extraReferences(new SliceKey(1, 2))).isZero();
        assertThat(reads.countsReferences(new SliceKey(1, 2))).isFalse();
        assertThat(all(engine.scans().unreferenced())).isEmpty();
        assertThat(all(engine.scans().deletedFiles())).isEmpty();
        assertThat(all(engine.scans().delayedSlices())).isEmpty();
        assertThat(all(engine.scans().sessions())).isEmpty();
        assertThat(reads.sessionInfo(1)).isNull();
        assertThat(all(engine.scans().sustained(1))).isEmpty();
        assertThat(reads.counter(Counter.USED_SPACE)).isZero();
    }

    private void writeOneOfEach() throws FileError {
        committed(tx -> {
            tx.putSetting(text("{}"));
            tx.putAttr(INODE, attr(0644, 1));
            tx.putChild(1, Name.of("a"), new Child(FileType.FILE, INODE));
            tx.putSymlink(5, text("target"));
            tx.putXattr(INODE, Name.of("user.a"), text("value"));
            tx.putSlices(INODE, 3, List.of(SLICE, ZEROS));
            tx.markReferences(new SliceKey(7, 100));
            tx.putDeletedFile(DELETED);
            tx.putDelayedSlices(DELAYED);
            tx.putSession(new SessionRecord(4, 1_700_000_060));
            tx.putSessionInfo(4, text("{\"a\":1}"));
            tx.putSustained(4, INODE);
            tx.putDetached(new DetachedTree(INODE, 1_700_000_001));
        });
    }

    @Test
    void everyRecordIsReadAsItWasWritten() throws Exception {
        writeOneOfEach();
        MetaReads reads = engine.reads();
        assertThat(reads.setting()).isEqualTo(text("{}"));
        assertThat(reads.attr(INODE)).isEqualTo(attr(0644, 1));
        assertThat(reads.attrs(List.of(9L, INODE))).containsExactly(null, attr(0644, 1));
        assertThat(reads.child(1, Name.of("a"))).isEqualTo(new Child(FileType.FILE, INODE));
        assertThat(reads.symlink(5)).isEqualTo(text("target"));
        assertThat(reads.xattr(INODE, Name.of("user.a"))).isEqualTo(text("value"));
        assertThat(reads.slices(INODE, 3)).containsExactly(SLICE, ZEROS);
        assertThat(reads.countsReferences(new SliceKey(7, 100))).isTrue();
        assertThat(all(engine.scans().deletedFiles())).containsExactly(DELETED);
        assertThat(all(engine.scans().delayedSlices())).containsExactly(DELAYED);
        assertThat(reads.isDelayed(DELAYED)).isTrue();
        assertThat(all(engine.scans().sessions())).containsExactly(new SessionRecord(4, 1_700_000_060));
        assertThat(reads.sessionInfo(4)).isEqualTo(text("{\"a\":1}"));
        assertThat(all(engine.scans().sustained(4))).containsExactly(INODE);
        assertThat(all(engine.scans().detachedTrees())).containsExactly(new DetachedTree(INODE, 1_700_000_001));
    }

    @Test
    void whatIsDeletedIsGone() throws Exception {
        writeOneOfEach();
        committed(tx -> {
            tx.deleteAttr(INODE);
            tx.deleteChild(1, Name.of("a"));
            tx.deleteSymlink(5);
            tx.deleteXattrs(INODE);
            tx.putSlices(INODE, 3, List.of());
            tx.deleteReferences(new SliceKey(7, 100));
            tx.deleteDeletedFile(DELETED);
            tx.deleteDelayedSlices(DELAYED);
            tx.deleteSession(4);
            tx.deleteSustained(4, INODE);
            tx.deleteDetached(INODE);
        });
        committed(tx -> tx.putSetting(text("{}")));
        assertThat(engine.reads().setting()).isNotNull();
        assertThat(engine.reads().chunks(INODE, 0, 100_000, 10)).isEmpty();
        assertThat(engine.reads().xattrNames(INODE)).isEmpty();
        assertThat(all(engine.scans().deletedFiles())).isEmpty();
        assertThat(all(engine.scans().delayedSlices())).isEmpty();
        assertThat(all(engine.scans().sessions())).isEmpty();
        assertThat(all(engine.scans().sustained(4))).isEmpty();
        assertThat(all(engine.scans().detachedTrees())).isEmpty();
        assertThat(engine.reads().countsReferences(new SliceKey(7, 100))).isFalse();
    }

    @Test
    void entriesAreListedInTheOrderOfTheirBytesBehindACursor() throws Exception {
        List<Name> names = new ArrayList<>();
        for (int i = 1; i < 256; i++) {
            if (i != '/' && i != '.') {
                names.add(Name.of(new byte[] {(byte) i}));
            }
        }
        names.add(Name.of("a-longer-one"));
        names.add(Name.of(new byte[] {(byte) 0xFF, (byte) 0xFF}));
        committed(tx -> {
            for (Name name : names) {
                tx.putChild(8, name, new Child(FileType.FILE, 100));
            }
            tx.putChild(7, Name.of("other"), new Child(FileType.FILE, 100));
            tx.putChild(9, Name.of("other"), new Child(FileType.FILE, 100));
        });
        List<Name> listed = new ArrayList<>();
        @Nullable Name after = null;
        List<Dentry> some;
        do {
            some = engine.reads().children(8, after, 7);
            some.forEach(child -> listed.add(child.name()));
            after = some.isEmpty() ? after : some.getLast().name();
        } while (some.size() == 7);
        assertThat(listed).containsExactlyElementsOf(names.stream().sorted().toList());
        assertThat(engine.reads().children(8, Name.of("a-cursor-need-not-exist"), 1))
                .extracting(Dentry::name)
                .containsExactly(Name.of("a-longer-one"));
    }

    @Test
    void chunksAreListedFromAnIndexOn() throws Exception {
        committed(tx -> {
            for (int chunk : new int[] {0, 5, 300, 70_000}) {
                tx.putSlices(INODE, chunk, List.of(SLICE));
            }
        });
        assertThat(engine.reads().chunks(INODE, 1, 100_000, 2)).containsExactly(5, 300);
        assertThat(engine.reads().chunks(INODE, 301, 100_000, 10)).containsExactly(70_000);
        assertThat(engine.reads().lastChunks(INODE, 1, 70_000, 10)).containsExactly(5, 300);
        assertThat(engine.reads().lastChunks(INODE, 0, Integer.MAX_VALUE, 2)).containsExactly(300, 70_000);
        assertThat(engine.reads().lastChunks(INODE, 301, 70_000, 10)).isEmpty();
    }

    @Test
    void anUncommittedTransactionLeavesNothing() throws Exception {
        try (MetaTransaction transaction = engine.begin()) {
            transaction.putAttr(1, attr(0644, 1));
        }
        assertThat(engine.reads().attr(1)).isNull();
    }

    @Test
    void whatWasReadAndThenChangedByAnotherIsAConflict() throws Exception {
        committed(tx -> tx.putAttr(1, attr(0644, 1)));
        assertThat(commit(tx -> {
                    assertThat(tx.attr(1)).isNotNull();
                    committed(other -> other.putAttr(1, attr(0600, 1)));
                    tx.putAttr(2, attr(0644, 1));
                }))
                .isEqualTo(CommitOutcome.CONFLICT);
        assertThat(engine.reads().attr(2)).isNull();
    }

    @Test
    void whatWasReadAsMissingAndThenMadeByAnotherIsAConflict() throws Exception {
        assertThat(commit(tx -> {
                    assertThat(tx.child(1, Name.of("a"))).isNull();
                    committed(other -> other.putChild(1, Name.of("a"), new Child(FileType.FILE, 2)));
                    tx.putChild(1, Name.of("a"), new Child(FileType.FILE, 3));
                }))
                .isEqualTo(CommitOutcome.CONFLICT);
        assertThat(engine.reads().child(1, Name.of("a"))).isEqualTo(new Child(FileType.FILE, 2));
    }

    @Test
    void additionsToUsageCountersNeverConflict() throws Exception {
        committed(tx -> {
            tx.increment(Counter.USED_SPACE, 4096);
            committed(other -> other.increment(Counter.USED_SPACE, 8192));
            tx.increment(Counter.TOTAL_INODES, -1);
        });
        for (int i = 0; i < 500; i++) {
            committed(tx -> tx.increment(Counter.TOTAL_INODES, 1));
        }
        assertThat(engine.reads().counter(Counter.USED_SPACE)).isEqualTo(12_288);
        assertThat(engine.reads().counter(Counter.TOTAL_INODES)).isEqualTo(499);
    }

    @Test
    void anAppendTellsTheLengthAfterTheCommit() throws Exception {
        var results = new ArrayList<AfterCommit>();
        committed(tx -> results.add(tx.appendSlices(1, 0, List.of(SLICE, ZEROS))));
        committed(tx -> {
            AfterCommit length = tx.appendSlices(1, 0, List.of(SLICE));
            assertThat(length.orElse(-1)).as("not known before the commit").isEqualTo(-1);
            results.add(length);
        });
        assertThat(results.stream().map(result -> result.orElse(-1))).containsExactly(2L, 3L);
        assertThat(engine.reads().slices(1, 0)).containsExactly(SLICE, ZEROS, SLICE);
    }

    @Test
    void oneRoundTripOfReadsIsWatchedLikeEachOfThem() throws Exception {
        committed(tx -> {
            tx.putAttr(5, attr(0644, 1));
            tx.putChild(1, Name.of("a"), new Child(FileType.FILE, 5));
            tx.appendSlices(5, 0, List.of(SLICE));
        });
        var points = new Point[] {
            new Point.Attributes(5),
            new Point.Attributes(6),
            new Point.Entry(1, Name.of("a")),
            new Point.Entry(1, Name.of("b")),
            new Point.Slices(5, 0)
        };
        committed(tx -> {
            tx.expect(points);
            assertThat(tx.attr(5)).isEqualTo(attr(0644, 1));
            assertThat(tx.attr(6)).isNull();
            assertThat(tx.child(1, Name.of("a"))).isEqualTo(new Child(FileType.FILE, 5));
            assertThat(tx.child(1, Name.of("b"))).isNull();
            assertThat(tx.slices(5, 0)).containsExactly(SLICE);
            tx.putAttr(7, attr(0600, 1));
        });
        assertThat(commit(tx -> {
                    tx.expect(points);
                    assertThat(tx.child(1, Name.of("b"))).isNull();
                    committed(other -> other.putChild(1, Name.of("b"), new Child(FileType.FILE, 6)));
                    tx.putAttr(7, attr(0700, 1));
                }))
                .isEqualTo(CommitOutcome.CONFLICT);
        assertThat(engine.reads().attr(7)).isEqualTo(attr(0600, 1));
    }

    @Test
    void aDirectoryThatIsTouchedHasNewTimesAndLinks() throws Exception {
        var later = new Timestamp(1_800_000_000, 5);
        Attr before = attr(0755, 1);
        committed(tx -> tx.putAttr(5, before));
        committed(tx -> {
            Attr read = Objects.requireNonNull(tx.attr(5));

            tx.touchDirectory(5, read, 1, later);
        });
        assertThat(engine.reads().attr(5)).isEqualTo(before.touched(1, later));
        committed(tx -> tx.touchDirectory(5, before.touched(1, later), -1, later));
        assertThat(engine.reads().attr(5)).isEqualTo(before.touched(0, later));
    }

    @Test
    void aDirectoryThatIsTouchedIsWatchedInAllElse() throws Exception {
        committed(tx -> tx.putAttr(5, attr(0755, 1)));
        assertThat(commit(tx -> {
                    Attr read = Objects.requireNonNull(tx.attr(5));

                    committed(other -> other.putAttr(5, attr(0700, 1)));
                    tx.touchDirectory(5, read, 0, new Timestamp(1_800_000_000, 5));
                }))
                .isEqualTo(CommitOutcome.CONFLICT);
        assertThat(engine.reads().attr(5)).isEqualTo(attr(0700, 1));
    }

    @Test
    void aDirectoryHasChildrenOrNone() throws Exception {
        assertThat(engine.reads().hasChildren(8)).isFalse();
        committed(tx -> tx.putChild(8, Name.of("a"), new Child(FileType.FILE, 9)));
        assertThat(engine.reads().hasChildren(8)).isTrue();
        committed(tx -> tx.deleteChild(8, Name.of("a")));
        assertThat(engine.reads().hasChildren(8)).isFalse();
    }

    @Test
    void referencesTellHowManyAreLeftAfterTheCommit() throws Exception {
        var slice = new SliceKey(7, 100);
        var results = new ArrayList<AfterCommit>();
        for (long delta : new long[] {2, -1, -2}) {
            committed(tx -> results.add(tx.addReferences(slice, delta)));
        }
        assertThat(results.stream().map(result -> result.orElse(99))).containsExactly(2L, 1L, -1L);
        assertThat(all(engine.scans().unreferenced())).containsExactly(slice);
    }

    @Test
    void aWalkShowsAllRecordsOfAKind() throws Exception {
        assertThat(all(engine.scans().inodes())).isEmpty();
        committed(tx -> {
            for (long inode = 1; inode <= 2000; inode++) {
                tx.putAttr(inode, attr(0600, inode));
            }
        });
        committed(tx -> {
            tx.putSlices(3, 0, List.of(SLICE, ZEROS));
            tx.putSlices(INODE, 70_000, List.of(SLICE));
            tx.putChild(3, Name.of("I"), new Child(FileType.FILE, 4));
            tx.putXattr(3, Name.of("C"), text("x"));
            tx.markReferences(new SliceKey(7, 100));
            tx.addReferences(new SliceKey(8, 100), -1);
        });
        assertThat(Set.copyOf(all(engine.scans().inodes()))).hasSize(2000).contains(new InodeRecord(9, attr(0600, 9)));
        assertWalked(engine.scans());
        try (MetaSnapshot moment = engine.snapshot()) {
            assertWalked(moment.scans());
        }
    }

    private static void assertWalked(MetaScans scans) throws FileError {
        assertThat(all(scans.chunks()))
                .containsExactlyInAnyOrder(
                        new ChunkRecord(3, 0, List.of(SLICE, ZEROS)), new ChunkRecord(INODE, 70_000, List.of(SLICE)));
        assertThat(all(scans.references()))
                .containsExactlyInAnyOrder(
                        new SliceReferences(new SliceKey(7, 100), 0), new SliceReferences(new SliceKey(8, 100), -1));
    }

    @Test
    void linksAreCountedByDirectory() throws Exception {
        committed(tx -> tx.addParent(INODE, 1, 1));
        committed(tx -> {
            tx.addParent(INODE, 1, 1);
            tx.addParent(INODE, INODE + 1, 1);
        });
        committed(tx -> tx.addParent(INODE, INODE + 1, -1));
        assertThat(engine.reads().parents(INODE)).isEqualTo(Map.of(1L, 2L));
        committed(tx -> tx.deleteParents(INODE));
        assertThat(engine.reads().parents(INODE)).isEmpty();
    }

    @Test
    void statisticsAreCountedWhereTheyHaveARecord() throws Exception {
        committed(tx -> tx.addDirectoryStats(8, new DirectoryStats(1, 2, 3)));
        engine.flushUsage();
        assertThat(engine.reads().directoryStats(8)).as("nobody has counted it").isNull();
        committed(tx -> tx.putDirectoryStats(8, new DirectoryStats(10, 20, 30)));
        committed(tx -> tx.addDirectoryStats(8, new DirectoryStats(-1, 2, 3)));
        assertThat(engine.reads().directoryStats(8)).isEqualTo(new DirectoryStats(9, 22, 33));
        engine.flushUsage();
        assertThat(engine.reads().directoryStats(8)).isEqualTo(new DirectoryStats(9, 22, 33));
        committed(tx -> tx.deleteDirectoryStats(8));
        assertThat(engine.reads().directoryStats(8)).isNull();
    }

    @Test
    void quotasCountWhatIsUsed() throws Exception {
        var directory = new QuotaOwner.Directory(INODE);
        var user = new QuotaOwner.User(-2);
        var group = new QuotaOwner.Group(100);
        committed(tx -> {
            tx.addQuotaUse(directory, 4096, 1);
            tx.addQuotaUse(user, 4096, 1);
            tx.addQuotaUse(group, 8192, 2);
        });
        engine.flushUsage();
        assertThat(engine.reads().quota(directory)).as("it has no record").isNull();
        assertThat(engine.reads().quota(user)).isEqualTo(new Quota(-1, -1, 4096, 1));
        committed(tx -> {
            tx.putQuota(directory, new Quota(1L << 40, 0, 0, 0));
            tx.addQuotaUse(user, -4096, -1);
        });
        committed(tx -> tx.addQuotaUse(directory, 4096, 1));
        assertThat(engine.reads().quota(directory)).isEqualTo(new Quota(1L << 40, 0, 4096, 1));
        engine.flushUsage();
        assertThat(engine.reads().quota(directory)).isEqualTo(new Quota(1L << 40, 0, 4096, 1));
        assertThat(engine.reads().quota(user)).isEqualTo(new Quota(-1, -1, 0, 0));
        assertThat(engine.reads().quota(group)).isEqualTo(new Quota(-1, -1, 8192, 2));
        assertThat(all(engine.scans().quotaOwners())).containsExactlyInAnyOrder(directory, user, group);
        committed(tx -> tx.deleteQuota(directory));
        assertThat(engine.reads().quota(directory)).isNull();
    }

    @Test
    void aCounterGivesEachNumberOnce() throws Exception {
        committed(MetaTransaction::startCounters);
        long first = engine.increment(Counter.NEXT_INODE, 100);
        assertThat(first - 100).as("the root has inode 1").isBetween(1L, 2L);
        assertThat(engine.increment(Counter.NEXT_SLICE, 10)).isEqualTo(11);
        committed(tx -> tx.increment(Counter.NEXT_INODE, 2));
        assertThat(engine.increment(Counter.NEXT_INODE, 100)).isEqualTo(first + 102);
        assertThat(engine.reads().counter(Counter.NEXT_INODE)).isEqualTo(first + 102);
        assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(1);
    }

    @Test
    void aStampIsSetWhenItIsOldEnough() throws Exception {
        assertThat(engine.setIfSmaller(Stamp.CLEANUP_FILES, 1000, 60)).isTrue();
        assertThat(engine.setIfSmaller(Stamp.CLEANUP_FILES, 1059, 60)).isFalse();
        assertThat(engine.setIfSmaller(Stamp.CLEANUP_TRASH, 1059, 60)).isTrue();
        assertThat(engine.setIfSmaller(Stamp.CLEANUP_FILES, 1060, 60)).isTrue();
    }

    @Test
    void largeValuesAreKept() throws Exception {
        byte[] value = new byte[65_536];
        Arrays.fill(value, (byte) 0xA5);
        committed(tx -> tx.putXattr(1, Name.of("user.large"), value));
        assertThat(engine.reads().xattr(1, Name.of("user.large"))).isEqualTo(value);
    }
}
