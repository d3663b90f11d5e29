package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.tree.NewVolume;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.tree.VolumeSetting;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.tikvclient.testing.TikvServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which calls an operation waits for, one after the other. A change asks for its moment, reads, locks all keys, asks
 * for the moment of its commit, and commits. A volume is as a new one is made today, without a trash.
 */
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class TikvRoundTripsTest {
    private static final String MOMENT = "Tso";
    private static final String GET = "KvGet";
    private static final String GET_ALL = "KvBatchGet";
    private static final String SCAN = "KvScan";
    private static final String LOCK = "KvPrewrite";
    private static final String COMMIT = "KvCommit";

    private static final int LISTED = 300;

    @TempDir
    Path folder;

    private final Thread counted = Thread.currentThread();
    private final List<String> calls = new ArrayList<>();
    private TikvServers servers;
    private MetaEngine engine;
    private VolumeTree tree;

    @BeforeEach
    void makeAVolume() throws Exception {
        servers = TikvServers.start(folder);
        String url = TikvStores.newUrl(servers).toString();
        engine = new TikvVolumes().open(url, call -> {
            if (Thread.currentThread().equals(counted)) {
                calls.add(call);
            }
        });
        var format = new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0);
        NewVolume.create(engine, VolumeSetting.of(format, Upkeep.TODAY));
        tree = VolumeTree.mount(
                engine, VolumeTree.Settings.of(false, new SessionInfo("host", "", 1)), (_, _) -> {}, (_, _) -> {});
        // Ids come in batches, and where keys are is asked for once.
        file("first");
        tree.newSliceId();
        tree.lookup(FileTree.ROOT, Name.of("first"));
    }

    @AfterEach
    void end() {
        tree.close();
        engine.close();
        servers.close();
    }

    private interface Operation {
        void run() throws FileError;
    }

    private List<String> callsOf(Operation operation) throws FileError {
        calls.clear();
        operation.run();
        return List.copyOf(calls);
    }

    private long file(String name) throws FileError {
        return tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
    }

    @Test
    void aLookUpReadsTheEntryAndItsAttributes() throws Exception {
        long file = file("a");
        assertThat(callsOf(() -> tree.lookup(FileTree.ROOT, Name.of("a")))).containsExactly(GET, GET);
        assertThat(callsOf(() -> tree.attributes(file))).containsExactly(GET);
        assertThat(callsOf(() -> assertThatThrownBy(() -> tree.lookup(FileTree.ROOT, Name.of("none")))
                        .hasMessageContaining("no such entry")))
                .as("whether the name is there, and the directory")
                .containsExactly(GET, GET);
    }

    @Test
    void whatIsMadeOrChangedIsFive() throws Exception {
        assertThat(callsOf(() -> file("a"))).containsExactly(MOMENT, GET_ALL, LOCK, MOMENT, COMMIT);
        assertThat(callsOf(() -> tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)))
                .containsExactly(MOMENT, GET_ALL, LOCK, MOMENT, COMMIT);
        long file = file("b");
        var mode = new AttrChange(0600, null, null, null, null, null);
        assertThat(callsOf(() -> tree.change(Caller.ROOT, file, mode)))
                .containsExactly(MOMENT, GET, LOCK, MOMENT, COMMIT);
        var slice = new SliceRecord(0, tree.newSliceId(), 100, 0, 100);
        assertThat(callsOf(() -> tree.append(file, 0, slice, new Timestamp(1, 0))))
                .containsExactly(MOMENT, GET_ALL, LOCK, MOMENT, COMMIT);
    }

    @Test
    void anUnlinkAndARenameAreSeven() throws Exception {
        file("a");
        assertThat(callsOf(() -> tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("a"))))
                .containsExactly(GET, MOMENT, GET_ALL, SCAN, LOCK, MOMENT, COMMIT);
        file("b");
        // Which inodes it has to lock in this process it learns by its first reads.
        assertThat(callsOf(() -> tree.rename(
                        Caller.ROOT, FileTree.ROOT, Name.of("b"), FileTree.ROOT, Name.of("c"), RenameMode.REPLACE)))
                .containsExactly(MOMENT, GET_ALL, MOMENT, GET_ALL, LOCK, MOMENT, COMMIT);
    }

    @Test
    void aListingReadsAllNamesAndThenAllAttributes() throws Exception {
        long directory = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("many"), 0755)
                .inode();
        for (int i = 0; i < LISTED; i++) {
            tree.makeNode(Caller.ROOT, directory, Name.of("file" + i), FileType.FILE, 0644, 0);
        }
        assertThat(callsOf(() ->
                        assertThat(tree.list(directory, null, LISTED, true)).hasSize(LISTED)))
                .containsExactly(MOMENT, GET, SCAN, GET_ALL);
    }
}
