package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.FileTree;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.tree.VolumeTree;
import java.net.URI;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process with a volume is killed in the middle of its work. */
class KillTest {
    private static final int LINES = 150;

    /** Kills of the long tests, on each engine. */
    private static final int KILLS = 100;

    private static final int MOST_LINES = 60;

    /** What the killed processes of the long tests were told, the last of them too, lives on in a trash of a day. */
    private static final int TRASH_DAYS = 1;

    @TempDir
    Path folder;

    private static void create(URI url, int trashDays) throws VolumeException {
        Volume.create(
                url, new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, trashDays));
    }

    @Test
    void whatAKilledProcessHadCommittedIsThereAndItsVolumeIsFree() throws Exception {
        URI url = URI.create("rocksdb://" + folder.resolve("lab"));
        create(url, 0);
        KilledProcess killed =
                KilledProcess.run(url, "t", LINES, folder.resolve("stderr"), pid -> assertHeldBy(pid, url));

        try (TestStores stores = TestStores.rocks(folder.resolve("lab"))) {
            assertThat(StructureCheck.problemsButSums(stores.dump())).isEmpty();
        }
        assertKept(url, killed);
        try (TestStores stores = TestStores.rocks(folder.resolve("lab"))) {
            assertThat(StructureCheck.problemsButSums(stores.dump())).isEmpty();
            assertThat(Scans.all(stores.engine().scans().sessions()))
                    .as("sessions of the dead")
                    .isEmpty();
        }
    }

    private static void assertKept(URI url, KilledProcess killed) throws Exception {
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            killed.assertKept(volume.mount((_, _) -> {}, (_, _) -> {}));
        }
    }

    private static void assertHeldBy(long pid, URI url) {
        var held = catchThrowableOfType(VolumeHeldException.class, () -> Volume.open(url, MountOptions.PLAIN));
        assertThat(held.pid()).isEqualTo(pid);
        assertThat(held.controlSocket()).contains(Path.of(BusyProcess.SOCKET));
        assertThat(held).hasMessageContaining("process " + pid).hasMessageContaining(BusyProcess.SOCKET);
    }

    @Test
    @Tag("long")
    void aHundredKillsLeaveRocksDbSoundAndLoseNothing() throws Exception {
        URI url = URI.create("rocksdb://" + folder.resolve("lab"));
        create(url, TRASH_DAYS);
        Seeds.forEach(KILLS, random -> {
            KilledProcess killed = kill(url, random.nextInt(MOST_LINES), random.nextLong());
            try (TestStores stores = TestStores.rocks(folder.resolve("lab"))) {
                assertThat(StructureCheck.problemsButSums(stores.dump())).isEmpty();
            }
            assertKept(url, killed);
        });
    }

    @Test
    @Tag("long")
    void aHundredKillsLeaveRedisSoundAndLoseNothing() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            int database = RedisStores.newDatabase();
            URI url = URI.create(server.url(database).toString());
            create(url, TRASH_DAYS);
            Seeds.forEach(KILLS, random -> {
                KilledProcess killed = kill(url, random.nextInt(MOST_LINES), random.nextLong());
                try (TestStores stores = RedisStores.open(server, database)) {
                    assertThat(StructureCheck.problems(stores.dump())).isEmpty();
                }
                assertKept(url, killed);
            });
        }
    }

    private KilledProcess kill(URI url, int lines, long name) throws Exception {
        return KilledProcess.run(url, "t" + Long.toHexString(name) + "-", 1 + lines, folder.resolve("stderr"), _ -> {});
    }

    @Test
    void theRootOfTheTreeIsTheOnlyInodeOfANewVolume() throws Exception {
        URI url = URI.create("rocksdb://" + folder.resolve("new"));
        create(url, 0);
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            VolumeTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
            assertThat(tree.list(FileTree.ROOT, null, 10, true)).isEmpty();
            assertThat(tree.usage().usedInodes()).isZero();
        }
    }
}
