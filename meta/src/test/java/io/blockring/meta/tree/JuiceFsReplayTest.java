package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.Timestamp;
import io.blockring.meta.keyvalue.EtcdStores;
import io.blockring.meta.keyvalue.Fixture;
import io.blockring.meta.keyvalue.FromRedis;
import io.blockring.meta.keyvalue.RecordText;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisDump;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.EtcdServer;
import io.blockring.meta.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The operations of OPERATIONS.txt, done by us, leave the records that JuiceFS left.
 *
 * <p>What is not compared, and nothing else:
 *
 * <ul>
 *   <li>the three times of attributes: they are those of the run (set ones are checked apart);
 *   <li>until when the session is alive, and its version, host and process;
 *   <li>{@code usedSpace} and {@code totalInodes} before the end: JuiceFS writes them up to a second late. At the end
 *       they are compared.
 * </ul>
 *
 * Inodes, slice ids and the folder of the trash are the same, for ids are taken in batches of JuiceFS 1.0.2's size and
 * the clock starts with the fixture's.
 */
class JuiceFsReplayTest {
    /** When the volumes of the fixtures were made. */
    private static final Instant ETCD_START = Instant.ofEpochSecond(0x6b02_79b6L);

    private static final Instant REDIS_START = Instant.ofEpochSecond(0x6b02_7992L);

    private static final VolumeTree.Settings LIKE_1_0_2 = new VolumeTree.Settings(
            false,
            100,
            1000,
            new SessionInfo("host", "", ProcessHandle.current().pid()));

    @TempDir
    Path folder;

    /** An engine of ours, and what the fixture has for it. */
    private interface Side {
        TestStores stores();

        SortedMap<byte[], byte[]> fixture(String step);

        /** A slice id that JuiceFS took there and did not use; 0 for none. */
        long unusedSlice();

        /** Any mode would do, and only REPLACE makes the folder of the trash, as JuiceFS 1.0.2 does there for all. */
        RenameMode rename();

        /** A record that is as it is by an accident of that run. */
        String notCompared();

        /** Compares what only this engine's layout shows. */
        void assertSameLayout(String step) throws FileError;
    }

    @Test
    void ourOperationsLeaveTheRecordsOfJuiceFs() throws Exception {
        try (TestStores stores = TestStores.rocks(folder.resolve("db"))) {
            replay(ETCD_START, sideOfEtcd(stores));
        }
    }

    /** The fixture is of etcd: the same keys and values, byte for byte. */
    @Test
    void theyDoInEtcdToo() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder.resolve("etcd"));
                TestStores stores = EtcdStores.open(server)) {
            replay(ETCD_START, sideOfEtcd(stores));
        }
    }

    private static Side sideOfEtcd(TestStores stores) {
        return new Side() {
            @Override
            public TestStores stores() {
                return stores;
            }

            @Override
            public SortedMap<byte[], byte[]> fixture(String step) {
                return Fixture.records(step);
            }

            @Override
            public long unusedSlice() {
                return 0;
            }

            @Override
            public RenameMode rename() {
                return RenameMode.REPLACE;
            }

            @Override
            public String notCompared() {
                return "none";
            }

            @Override
            public void assertSameLayout(String step) {}
        };
    }

    @Test
    void theyDoInRedisToo() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores stores = RedisStores.open(server, 1)) {
            replay(REDIS_START, new Side() {
                @Override
                public TestStores stores() {
                    return stores;
                }

                @Override
                public SortedMap<byte[], byte[]> fixture(String step) {
                    return FromRedis.convert(Fixture.redis(step));
                }

                @Override
                public long unusedSlice() {
                    return 4;
                }

                @Override
                public RenameMode rename() {
                    return RenameMode.NO_REPLACE;
                }

                // JuiceFS took two numbers for one folder of the trash.
                @Override
                public String notCompared() {
                    return "CnextTrash";
                }

                @Override
                public void assertSameLayout(String step) throws FileError {
                    assertThat(types(RedisStores.dump(server, 1))).as(step).isEqualTo(types(Fixture.redis(step)));
                }
            });
        }
    }

    /** JuiceFS writes the counters of usage up to a second late, and may not have them yet. */
    private static Map<String, String> types(Map<String, RedisDump.Value> dump) {
        var types = new TreeMap<String, String>();
        dump.forEach((key, value) -> types.put(key, value.type()));
        types.remove("usedSpace");
        types.remove("totalInodes");
        return types;
    }

    private static void replay(Instant start, Side side) throws Exception {
        var clock = new SteppingClock(start);
        TestStores stores = side.stores();
        byte[] json = side.fixture("00-format").get("setting".getBytes(StandardCharsets.US_ASCII));
        VolumeSetting setting = VolumeSetting.parse(Objects.requireNonNull(json));
        NewVolume.create(stores.engine(), VolumeSetting.of(setting.format()), clock);
        assertSame(side, "00-format");

        VolumeTree tree =
                VolumeTree.mount(stores.engine(), LIKE_1_0_2, (_, _) -> {}, (_, _) -> {}, clock, Runnable::run);
        var replay = new Replay(tree, side.unusedSlice(), side.rename());
        String step = "";
        for (String line : Fixture.operations()) {
            if (line.startsWith(" ")) {
                replay.run(line.strip());
            } else {
                assertSameUnlessFirst(side, step);
                step = line;
            }
        }
        assertSame(side, step);
        assertSame(side, "final");
        assertThat(StructureCheck.problems(stores.dump())).isEmpty();
        assertTimesWereSet(tree);
    }

    private static void assertSameUnlessFirst(Side side, String step) throws Exception {
        if (!step.isEmpty()) {
            assertSame(side, step);
        }
    }

    private static void assertSame(Side side, String step) throws Exception {
        Map<String, String> ours = compared(side.stores().dump(), step);
        Map<String, String> theirs = compared(side.fixture(step), step);
        ours.remove(side.notCompared());
        theirs.remove(side.notCompared());
        assertThat(ours).as(step).isEqualTo(theirs);
        side.assertSameLayout(step);
    }

    /** The records as text, without what is not compared. */
    private static Map<String, String> compared(SortedMap<byte[], byte[]> records, String step) {
        var texts = new TreeMap<String, String>();
        records.forEach((key, value) -> {
            String name = RecordText.key(key);
            boolean lateCounter = name.equals("CusedSpace") || name.equals("CtotalInodes");
            if (name.startsWith("SE") || name.startsWith("SI")) {
                texts.put(name, "masked");
            } else if (!lateCounter || step.equals("final")) {
                texts.put(name, RecordText.valueWithoutTimes(key, value));
            }
        });
        return texts;
    }

    private static void assertTimesWereSet(VolumeTree tree) throws Exception {
        long folder = tree.lookup(FileTree.ROOT, Name.of("sub2")).inode();
        Attr attr = tree.lookup(folder, Name.of("g1k")).attr();
        assertThat(attr.mtime()).isEqualTo(new Timestamp(1_600_000_000, 123_000_000));
        assertThat(attr.atime()).isEqualTo(new Timestamp(1_500_000_000, 456_000_000));
    }
}
