package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.tikvclient.testing.TikvServers;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Stores that die. */
class TikvFailureTest {
    private static final int RESTARTS = 4;
    private static final int LISTED = 10_000;

    @TempDir
    Path folder;

    /**
     * Nobody else makes these names: one that is there already was made by a transaction whose answer was lost, and that
     * was made once more.
     */
    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void operationsWaitForAStoreThatComesBackAndNoneHappensTwice() throws Exception {
        try (TikvServers servers = TikvServers.start(folder)) {
            URI url = TikvStores.newUrl(servers);
            Volume.create(url, new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0));
            try (Volume volume = Volume.open(url, MountOptions.PLAIN);
                    var threads = Executors.newFixedThreadPool(2)) {
                FileTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
                var enough = new AtomicBoolean();
                Future<Integer> one = threads.submit(() -> makeFiles(tree, "one", enough));
                Future<Integer> other = threads.submit(() -> makeFiles(tree, "other", enough));
                for (int i = 0; i < RESTARTS; i++) {
                    long before = tree.usage().usedInodes();
                    servers.killStore();
                    servers.restartStore();
                    while (tree.usage().usedInodes() < before + 10) {
                        assertThat(one.isDone() || other.isDone())
                                .as("an operation failed")
                                .isFalse();
                        tree.list(FileTree.ROOT, null, 1, false);
                    }
                }
                enough.set(true);
                int made = one.get(60, TimeUnit.SECONDS) + other.get(60, TimeUnit.SECONDS);
                assertThat(tree.list(FileTree.ROOT, null, LISTED, false))
                        .extracting(Dentry::name)
                        .hasSize(made);
            }
            try (TestStores stores = TikvStores.open(url)) {
                assertThat(StructureCheck.problemsButSumsAndUsage(stores.dump()))
                        .isEmpty();
            }
        }
    }

    private static int makeFiles(FileTree tree, String name, AtomicBoolean enough) throws FileError {
        int made = 0;
        while (!enough.get()) {
            tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name + made), FileType.FILE, 0644, 0);
            made++;
        }
        return made;
    }

    @Test
    void aClusterThatIsAwayIsSaidByTheDeadline() {
        assertThatThrownBy(() -> new TikvVolumes().open("tikv://127.0.0.1:1/lab", Map.of()))
                .isInstanceOf(FileError.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("by the deadline");
    }
}
