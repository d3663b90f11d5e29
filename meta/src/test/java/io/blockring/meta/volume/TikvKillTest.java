package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.keyvalue.TikvStores;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.tikvclient.testing.TikvServers;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** A client is killed when its transaction has locked all its keys and is not committed yet. */
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class TikvKillTest {
    /** The number of the commit that is not made is below this one. */
    private static final int MOST_COMMITS = 60;

    private static final int LISTED = 1000;

    @TempDir
    Path folder;

    @Test
    void whoDiesBetweenPrewriteAndCommitStopsNobody() throws Exception {
        kill(3);
    }

    @Test
    @Tag("long")
    void aHundredWhoDieBetweenPrewriteAndCommitStopNobody() throws Exception {
        kill(100);
    }

    private void kill(int times) throws Exception {
        try (TikvServers servers = TikvServers.start(folder)) {
            URI url = TikvStores.newUrlOfRegions(servers);
            Volume.create(url, new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 1));
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                VolumeTree live = volume.mount((_, _) -> {}, (_, _) -> {});
                Seeds.forEach(times, random -> {
                    KilledProcess killed = prewritten(url, random);
                    readAll(live);
                    try (TestStores stores = TikvStores.open(url)) {
                        assertThat(StructureCheck.problemsButSumsAndUsage(stores.dump()))
                                .isEmpty();
                    }
                    try (Volume later = Volume.open(url, MountOptions.PLAIN)) {
                        killed.assertKept(later.mount((_, _) -> {}, (_, _) -> {}));
                    }
                    writeEverywhere(live);
                });
            }
        }
    }

    private KilledProcess prewritten(URI url, Random random) throws Exception {
        String name = "t" + Long.toHexString(random.nextLong()) + "-";
        int last = 1 + random.nextInt(MOST_COMMITS);
        return KilledProcess.run(
                PrewrittenProcess.class,
                List.of(url.toString(), name, Integer.toString(last)),
                folder.resolve("stderr"),
                (line, _) -> line.equals(PrewrittenProcess.READY),
                _ -> {});
    }

    /** Reads that meet the locks of the dead; each ends by its deadline, or fails. */
    private static void readAll(FileTree tree) throws Exception {
        for (Dentry directory : tree.list(FileTree.ROOT, null, LISTED, true)) {
            for (Dentry file : tree.list(directory.inode(), null, LISTED, true)) {
                assertThat(tree.lookup(directory.inode(), file.name()).inode()).isEqualTo(file.inode());
                tree.slices(file.inode(), 0);
            }
        }
    }

    /** Writes to the same keys. */
    private static void writeEverywhere(FileTree tree) throws Exception {
        for (Dentry directory : tree.list(FileTree.ROOT, null, LISTED, false)) {
            tree.makeNode(Caller.ROOT, directory.inode(), Name.of("after"), FileType.FILE, 0644, 0);
            tree.unlink(Caller.ROOT, directory.inode(), Name.of("after"));
            for (Dentry file : tree.list(directory.inode(), null, LISTED, false)) {
                tree.unlink(Caller.ROOT, directory.inode(), file.name());
            }
            tree.removeDirectory(Caller.ROOT, FileTree.ROOT, directory.name());
        }
    }
}
