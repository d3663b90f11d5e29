package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.MortalByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engine dies at each commit of jobs on trees in turn: a copy is whole or nowhere, and all is cleaned up. */
class TreeCrashTest {
    private static final int CELL = SliceStore.CELL_BYTES;
    private static final CloneOptions OPTIONS = new CloneOptions(false, 0, 1);

    @Test
    void aCrashAtAnyCommitOfAJobLeavesASoundVolume() throws Exception {
        long commits = commitsOfAWholeLife();
        assertThat(commits).isGreaterThan(40);
        for (long n = 0; n < commits; n++) {
            var store = MortalByteStore.of(new MemoryByteStore(true));
            var volume = new TestVolume(store.stores(), 1);
            VolumeTree first = volume.mount();
            sample(volume, first);
            store.dieAfter(n);
            try {
                live(first);
            } catch (FileError e) {
                assertThat(e.kind()).isEqualTo(FileError.Kind.IO);
            }
            store.revive();
            String when = "after commit " + n;
            assertThat(StructureCheck.problemsButSums(volume.stores.dump()))
                    .as(when)
                    .isEmpty();
            recover(volume, when);
        }
    }

    private static long commitsOfAWholeLife() throws FileError {
        var store = MortalByteStore.of(new MemoryByteStore(true));
        var volume = new TestVolume(store.stores(), 1);
        VolumeTree tree = volume.mount();
        sample(volume, tree);
        long before = store.commits();
        live(tree);
        return store.commits() - before;
    }

    private static void recover(TestVolume volume, String when) throws Exception {
        VolumeTree tree = volume.mount();
        for (Dentry entry : tree.list(FileTree.ROOT, null, 100, false)) {
            if (entry.name().toString().startsWith("copy")) {
                assertWhole(volume, tree, entry.inode(), when);
            }
        }
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        tree.jobs().deleteAbandonedClones(JobWatch.NONE);
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(Scans.all(volume.stores.engine().scans().detachedTrees()))
                .as(when)
                .isEmpty();
        tree.jobs().checkQuotas(null, true, true, JobWatch.NONE);
        assertThat(StructureCheck.problems(volume.stores.dump())).as(when).isEmpty();
        assertThat(volume.objects.ids())
                .as(when + ": the objects that are left are those in use")
                .isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
    }

    private static void assertWhole(TestVolume volume, VolumeTree tree, long copy, String when) throws Exception {
        if (tree.attributes(copy).type() == FileType.DIRECTORY) {
            assertThat(tree.list(copy, null, 100, false))
                    .as(when)
                    .extracting(entry -> entry.name().toString())
                    .containsExactly("f", "large", "sub");
            long f = tree.lookup(copy, Name.of("f")).inode();
            long source = tree.lookup(tree.lookup(FileTree.ROOT, Name.of("src")).inode(), Name.of("f"))
                    .inode();
            assertThat(volume.objects.read(tree, f, 2)).as(when).isEqualTo(volume.objects.read(tree, source, 2));
        }
    }

    private static void sample(TestVolume volume, VolumeTree tree) throws FileError {
        long top = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("src"), 0755)
                .inode();
        long sub = tree.makeDirectory(Caller.ROOT, top, Name.of("sub"), 0755).inode();
        tree.makeSymlink(Caller.ROOT, sub, Name.of("s"), new byte[] {'x'});
        long f = tree.makeNode(Caller.ROOT, top, Name.of("f"), FileType.FILE, 0644, 0)
                .inode();
        append(volume, tree, f, 0, 0);
        append(volume, tree, f, 0, 1);
        long large = tree.makeNode(Caller.ROOT, top, Name.of("large"), FileType.FILE, 0644, 0)
                .inode();
        for (int chunk = 0; chunk <= 20; chunk++) {
            append(volume, tree, large, chunk, 0);
        }
    }

    private static void append(TestVolume volume, VolumeTree tree, long inode, int chunk, int cell) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, 1);
        tree.append(inode, chunk, new SliceRecord(cell * CELL, id, CELL, 0, CELL), new Timestamp(1, 0));
    }

    private static void live(VolumeTree tree) throws FileError {
        TreeJobs jobs = tree.jobs();
        long src = tree.lookup(FileTree.ROOT, Name.of("src")).inode();
        long large = tree.lookup(src, Name.of("large")).inode();
        jobs.clone(Caller.ROOT, src, FileTree.ROOT, Name.of("copy"), OPTIONS, JobWatch.NONE);
        jobs.clone(Caller.ROOT, large, FileTree.ROOT, Name.of("copy-file"), OPTIONS, JobWatch.NONE);
        jobs.clone(Caller.ROOT, src, FileTree.ROOT, Name.of("gone"), OPTIONS, JobWatch.NONE);
        jobs.remove(Caller.ROOT, FileTree.ROOT, Name.of("gone"), false, 1, JobWatch.NONE);
        List<Name> hours = tree.list(Trash.ROOT, null, 10, false).stream()
                .map(Dentry::name)
                .toList();
        jobs.restore(hours, true, 1, JobWatch.NONE);
        jobs.remove(Caller.ROOT, FileTree.ROOT, Name.of("gone"), true, 1, JobWatch.NONE);
        jobs.compact(src, 1, JobWatch.NONE);
    }
}
