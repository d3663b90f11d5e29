package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.MortalByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.testing.EtcdServer;
import io.blockring.tikvclient.testing.TikvServers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The engine dies at each commit in turn; the next mount finds a sound volume and cleans up what was left. */
class CrashTest {
    private static final int BLOCK = SliceStore.CELL_BYTES;
    private static final Timestamp MTIME = new Timestamp(1_700_000_000, 0);

    @Test
    void aCrashAtAnyCommitLeavesASoundVolume() throws Exception {
        crashEverywhere(0, 1, CrashTest::memory);
    }

    @Test
    void aCrashAtAnyCommitLeavesASoundVolumeWithATrash() throws Exception {
        crashEverywhere(1, 1, CrashTest::memory);
    }

    /** At some of them, for time's sake. */
    @Test
    void aCrashAtACommitInEtcdLeavesASoundVolume(@TempDir Path folder) throws Exception {
        try (EtcdServer server = EtcdServer.start(folder)) {
            crashEverywhere(0, 9, () -> MortalByteStore.etcd(server));
        }
    }

    @Test
    @Tag("long")
    void aCrashAtAnyCommitInEtcdLeavesASoundVolume(@TempDir Path folder) throws Exception {
        try (EtcdServer server = EtcdServer.start(folder)) {
            crashEverywhere(1, 1, () -> MortalByteStore.etcd(server));
        }
    }

    /** At some of them, for time's sake. */
    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void aCrashAtACommitInTikvLeavesASoundVolume(@TempDir Path folder) throws Exception {
        try (TikvServers servers = TikvServers.start(folder)) {
            crashEverywhere(0, 9, () -> MortalByteStore.tikv(servers));
        }
    }

    @Test
    @Tag("long")
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void aCrashAtAnyCommitInTikvLeavesASoundVolume(@TempDir Path folder) throws Exception {
        try (TikvServers servers = TikvServers.start(folder)) {
            crashEverywhere(1, 1, () -> MortalByteStore.tikv(servers));
        }
    }

    @FunctionalInterface
    private interface Stores {
        MortalByteStore open() throws FileError;
    }

    private static MortalByteStore memory() {
        return MortalByteStore.of(new MemoryByteStore(true));
    }

    private static void crashEverywhere(int trashDays, int step, Stores stores) throws Exception {
        long commits = commitsOfAWholeLife(trashDays, stores);
        assertThat(commits).isGreaterThan(30);
        for (long n = 0; n < commits; n += step) {
            var store = stores.open();
            var volume = new TestVolume(store.stores(), trashDays);
            store.dieAfter(n);
            boolean died = false;
            try {
                live(volume);
            } catch (FileError e) {
                assertThat(e.kind()).isEqualTo(FileError.Kind.IO);
                died = true;
            }
            store.revive();
            assertThat(StructureCheck.problems(volume.stores.dump()))
                    .as("after commit " + n)
                    .isEmpty();
            recover(volume, "after commit %d, died %s".formatted(n, died));
        }
    }

    private static long commitsOfAWholeLife(int trashDays, Stores stores) throws FileError {
        var store = stores.open();
        var volume = new TestVolume(store.stores(), trashDays);
        long before = store.commits();
        live(volume);
        return store.commits() - before;
    }

    private static void recover(TestVolume volume, String when) throws Exception {
        VolumeTree tree = volume.mount();
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        assertThat(StructureCheck.problems(volume.stores.dump())).as(when).isEmpty();
        assertThat(volume.objects.ids())
                .as(when + ": no record names a slice that is gone")
                .containsAll(StructureCheck.usedSlices(volume.stores.dump()));
        assertThat(Scans.all(volume.stores.engine().scans().deletedFiles()))
                .as(when)
                .isEmpty();
        assertThat(Scans.all(volume.stores.engine().scans().unreferenced()))
                .as(when)
                .isEmpty();
        assertThat(Scans.all(volume.stores.engine().scans().sessions()))
                .as(when)
                .hasSize(1);
        tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("after"), FileType.FILE, 0644, 0);
    }

    /** A bit of everything that takes more than one transaction. */
    private static void live(TestVolume volume) throws FileError {
        VolumeTree tree = volume.mount();
        long folder = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)
                .inode();
        long kept = file(volume, tree, folder, "kept", 3);
        long copy = file(volume, tree, folder, "copy", 1);
        tree.copyRange(kept, 0, copy, BLOCK, 2L * BLOCK);
        tree.truncate(Caller.ROOT, kept, BLOCK);
        tree.link(Caller.ROOT, kept, FileTree.ROOT, Name.of("link"));
        tree.compact(kept, 0);

        file(volume, tree, folder, "victim", 4);
        tree.rename(Caller.ROOT, folder, Name.of("copy"), folder, Name.of("victim"), RenameMode.REPLACE);

        long opened = file(volume, tree, folder, "opened", 2);
        tree.open(opened);
        tree.unlink(Caller.ROOT, folder, Name.of("opened"));
        append(volume, tree, opened, 3);
        long left = file(volume, tree, folder, "left", 2);
        tree.open(left);
        tree.unlink(Caller.ROOT, folder, Name.of("left"));
        tree.close(opened);

        file(volume, tree, folder, "gone", 5);
        tree.unlink(Caller.ROOT, folder, Name.of("gone"));
        tree.makeDirectory(Caller.ROOT, folder, Name.of("empty"), 0755);
        tree.removeDirectory(Caller.ROOT, folder, Name.of("empty"));
        volume.clock.advance(Duration.ofDays(3));
        tree.heartbeat();
        // No end of the session: every life here ends by a crash.
    }

    private static long file(TestVolume volume, VolumeTree tree, long folder, String name, int slices)
            throws FileError {
        long inode = tree.makeNode(Caller.ROOT, folder, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
        for (int i = 0; i < slices; i++) {
            append(volume, tree, inode, i);
        }
        return inode;
    }

    private static void append(TestVolume volume, VolumeTree tree, long inode, int cell) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, 1);
        tree.append(inode, 0, new SliceRecord(cell * BLOCK, id, BLOCK, 0, BLOCK), MTIME);
    }
}
