package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.check.BlockCheck;
import io.blockring.meta.check.BlockObjects.Block;
import io.blockring.meta.check.Findings;
import io.blockring.meta.check.LeakedObjects;
import io.blockring.meta.check.Paths;
import io.blockring.meta.check.TreeCheck;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole volumes are found whole, and every kind of damage is found; what is needed is never deleted. */
class CheckTest {
    private static final int CELL = SliceStore.CELL_BYTES;

    @TempDir
    Path folder;

    /** Keeps what is found. */
    private static final class Heard implements Findings {
        private final List<String> codes = new ArrayList<>();
        private final Set<Long> inodes = new HashSet<>();

        @Override
        public void found(String code, long inode, String text, boolean repaired) {
            codes.add(repaired ? "repaired " + code : code);
            inodes.add(inode);
        }

        @Override
        public void progress(String unit, long done) {}
    }

    @FunctionalInterface
    private interface Damage {
        void to(io.blockring.meta.engine.MetaTransaction transaction) throws FileError;
    }

    private static void damage(TestStores stores, Damage damage) throws FileError {
        new Transactions(stores.engine(), new InodeLocks()).run(transaction -> {
            damage.to(transaction);
            return true;
        });
    }

    private static List<String> check(TestStores stores, boolean repair) throws FileError {
        var heard = new Heard();
        TreeCheck.Result result = TreeCheck.all(stores.engine(), true, repair, heard);
        assertThat(result.broken() + result.repaired()).isEqualTo(heard.codes.size());
        return heard.codes;
    }

    private static void randomWork(TestVolume volume, VolumeTree tree, Random random, int steps) throws Exception {
        boolean hasTrash = tree.format().trashDays() > 0;
        var run = new ModelRun(tree, volume.objects, random, hasTrash);
        for (int i = 0; i < steps; i++) {
            run.step();
        }
    }

    private static void assertWhole(TestVolume volume) throws Exception {
        assertThat(check(volume.stores, false)).isEmpty();
        var heard = new Heard();
        var objects = new StoredCells(volume.objects);
        BlockCheck.Result all = BlockCheck.all(volume.stores.engine(), objects, CELL, heard);
        assertThat(heard.codes).isEmpty();
        assertThat(all.brokenFiles() + all.lostBlocks()).isZero();
        assertThat(BlockCheck.below(volume.stores.engine(), FileTree.ROOT, objects, CELL, heard)
                        .lostBlocks())
                .isZero();
    }

    @Test
    void aVolumeOfRandomWorkIsWhole() throws Exception {
        Seeds.forEach(40, random -> {
            int trashDays = random.nextInt(2);
            var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), trashDays);
            randomWork(volume, volume.mount(), random, 120);
            assertWhole(volume);
        });
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Seeds.forEach(3, random -> {
                try (TestStores stores = RedisStores.open(server, RedisStores.newDatabase())) {
                    var volume = new TestVolume(stores, 0);
                    randomWork(volume, volume.mount(), random, 120);
                    assertWhole(volume);
                }
            });
        }
    }

    @Test
    void damageOfEachKindIsFoundAndWhatCanBeIsRepaired() throws Exception {
        var volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
        TestStores stores = volume.stores;
        long d;
        long sub;
        long f;
        try (VolumeTree tree = volume.mount()) {
            d = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)
                    .inode();
            sub = tree.makeDirectory(Caller.ROOT, d, Name.of("sub"), 0755).inode();
            f = tree.makeNode(Caller.ROOT, sub, Name.of("f"), FileType.FILE, 0644, 0)
                    .inode();
            tree.makeNode(Caller.ROOT, d, Name.of("g"), FileType.FILE, 0644, 0);
        }
        assertThat(new String(Paths.of(stores.engine().reads(), f), StandardCharsets.UTF_8))
                .isEqualTo("/d/sub/f");

        Attr attr = Objects.requireNonNull(stores.engine().reads().attr(d));
        damage(stores, tx -> tx.putAttr(d, attr.touched(3, attr.mtime())));
        assertRepaired(stores, "WRONG_LINKS");

        damage(stores, tx -> tx.putDirectoryStats(sub, new DirectoryStats(1, 2, 3)));
        assertRepaired(stores, "WRONG_STATISTICS");
        damage(stores, tx -> tx.deleteDirectoryStats(sub));
        assertRepaired(stores, "WRONG_STATISTICS");

        damage(stores, tx -> tx.increment(Counter.USED_SPACE, 4096));
        assertRepaired(stores, "WRONG_USAGE");

        Attr subAttr = Objects.requireNonNull(stores.engine().reads().attr(sub));
        damage(stores, tx -> tx.deleteAttr(sub));
        assertThat(check(stores, true)).contains("repaired LOST_ATTRIBUTES");
        check(stores, true);
        assertThat(check(stores, false)).isEmpty();
        assertThat(stores.engine().reads().attr(sub)).extracting(Attr::nlink).isEqualTo(subAttr.nlink());

        Attr file = Objects.requireNonNull(stores.engine().reads().attr(f));
        damage(stores, tx -> tx.putAttr(f, file.touched(1, file.mtime())));
        assertThat(check(stores, true)).containsExactly("WRONG_LINKS");
        damage(stores, tx -> tx.putAttr(f, file));
        damage(stores, tx -> tx.deleteChild(sub, Name.of("f")));
        assertThat(check(stores, false)).containsExactlyInAnyOrder("WRONG_STATISTICS", "NO_NAME");
        damage(stores, tx -> tx.putChild(sub, Name.of("f"), new Child(FileType.SYMLINK, f)));
        assertThat(check(stores, false)).containsExactly("WRONG_TYPE");
        damage(stores, tx -> tx.putChild(sub, Name.of("f"), new Child(FileType.FILE, f)));
        assertThat(StructureCheck.problems(stores.dump())).isEmpty();
    }

    private static void assertRepaired(TestStores stores, String code) throws FileError {
        assertThat(check(stores, false)).contains(code);
        assertThat(check(stores, true)).contains("repaired " + code);
        assertThat(check(stores, false)).isEmpty();
        assertThat(StructureCheck.problems(stores.dump())).isEmpty();
    }

    @Test
    void aFileWhoseBlockIsLostIsNamed() throws Exception {
        var volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
        try (VolumeTree tree = volume.mount()) {
            long whole = file(volume, tree, "whole");
            long broken = file(volume, tree, "broken");
            var objects = new StoredCells(volume.objects);
            long slice = tree.slices(broken, 0).getFirst().sliceId();
            objects.lost.add(new Block(slice, 1, CELL));
            var heard = new Heard();
            BlockCheck.Result found = BlockCheck.all(volume.stores.engine(), objects, CELL, heard);
            assertThat(found).isEqualTo(new BlockCheck.Result(3, 2, 1, 1, CELL));
            assertThat(heard.inodes).containsExactly(broken).doesNotContain(whole);
            assertThat(BlockCheck.below(volume.stores.engine(), broken, objects, CELL, new Heard())
                            .lostBlocks())
                    .isEqualTo(1);
            assertThat(BlockCheck.below(volume.stores.engine(), whole, objects, CELL, new Heard())
                            .lostBlocks())
                    .isZero();
        }
    }

    private static long file(TestVolume volume, VolumeTree tree, String name) throws FileError {
        long inode = tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
        append(tree, inode, upload(volume, tree, 2), 2);
        return inode;
    }

    private static long upload(TestVolume volume, VolumeTree tree, int cells) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, cells);
        return id;
    }

    private static void append(VolumeTree tree, long inode, long slice, int cells) throws FileError {
        tree.append(inode, 0, new SliceRecord(0, slice, cells * CELL, 0, cells * CELL), new Timestamp(1, 0));
    }

    /** Objects that were left behind long ago go; what anybody needs, or may come to need, stays. */
    @Test
    void onlyWhatNobodyNeedsIsDeleted() {
        Seeds.forEach(60, random -> {
            boolean trash = random.nextBoolean();
            var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), trash ? 1 : 0);
            VolumeTree tree = volume.mount();
            var run = new ModelRun(tree, volume.objects, random, trash);
            for (int i = 0; i < 80; i++) {
                run.step();
            }
            var left = new HashSet<Long>();
            for (int i = 0; i < 5; i++) {
                left.add(upload(volume, tree, 1));
            }
            var late = new ArrayList<Long>();
            for (int i = 0; i < 3; i++) {
                late.add(upload(volume, tree, 1));
            }
            var objects = new StoredCells(volume.objects);
            objects.others.addAll(List.of("readme.txt", "1_0_17.tmp", "x/1_0_4194304"));
            long young = upload(volume, tree, 1);
            Name name = Name.of("late");
            long file = tree.makeNode(Caller.ROOT, FileTree.ROOT, name, FileType.FILE, 0600, 0)
                    .inode();
            var committed = new HashSet<Long>();
            objects.meanwhile = () -> {
                if (random.nextInt(4) == 0) {
                    run.step();
                } else if (random.nextInt(4) == 0 && !late.isEmpty()) {
                    long slice = late.removeLast();
                    committed.add(slice);
                    append(tree, file, slice, 1);
                }
            };
            var heard = new Heard();
            try (LeakedObjects found = LeakedObjects.find(volume.stores.engine(), objects, heard)) {
                assertThat(found.unknown()).isEqualTo(3);
                assertThat(found.delete()).isLessThanOrEqualTo(found.leakedBytes());
            }
            assertThat(volume.objects.ids()).doesNotContainAnyElementsOf(left).contains(young);
            assertThat(volume.objects.ids()).containsAll(StructureCheck.usedSlices(volume.stores.dump()));
            assertThat(volume.objects.ids()).containsAll(committed);
            assertThat(objects.deleted).doesNotContainAnyElementsOf(objects.others);
            run.closeAll();
            tree.unlink(Caller.ROOT, FileTree.ROOT, name);
            assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        });
    }

    @Test
    void nothingIsDeletedWhereTheStoreIsNotOurs() throws Exception {
        var volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
        try (VolumeTree tree = volume.mount()) {
            upload(volume, tree, 1);
            var objects = new StoredCells(volume.objects);
            objects.ours = false;
            assertDeletesNothing(volume, objects);
            volume.objects.put(1L << 40, 1);
            assertDeletesNothing(volume, new StoredCells(volume.objects));
        }
    }

    private static void assertDeletesNothing(TestVolume volume, StoredCells objects) throws Exception {
        try (LeakedObjects found = LeakedObjects.find(volume.stores.engine(), objects, new Heard())) {
            assertThat(found.leaked()).isPositive();
            FileError refused = catchThrowableOfType(FileError.class, found::delete);
            assertThat(refused.kind()).isEqualTo(FileError.Kind.NOT_PERMITTED);
            assertThat(objects.deleted).isEmpty();
        }
    }

    @Test
    void leftoversAreCountedAndDeletedWhenTheirTimeHasCome() throws Exception {
        var volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 1);
        try (VolumeTree tree = volume.mount()) {
            long f = file(volume, tree, "f");
            append(tree, f, upload(volume, tree, 1), 1);
            assertThat(tree.leftovers().compact(_ -> {})).isEqualTo(1);
            Leftovers.Found found = tree.leftovers().count();
            assertThat(found.keptSlices()).isEqualTo(2);
            assertThat(found.dueSlices()).isZero();
            tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
            tree.leftovers().delete();
            assertThat(volume.objects.ids()).hasSize(3);
            volume.clock.advance(Duration.ofDays(2));
            assertThat(tree.leftovers().count().dueSlices()).isEqualTo(2);
            tree.leftovers().delete();
            assertThat(volume.objects.ids()).isEmpty();
            assertThat(tree.leftovers().count()).isEqualTo(new Leftovers.Found(0, 0, 0, 0, 0, 0, 0, 0));
        }
    }
}
