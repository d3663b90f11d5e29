package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.keyvalue.Fixture;
import io.blockring.meta.keyvalue.RecordText;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
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
    /** When the volume of the fixture was made. */
    private static final Instant START = Instant.ofEpochSecond(0x6b0279b6L);

    private static final VolumeTree.Settings LIKE_1_0_2 = new VolumeTree.Settings(
            false,
            100,
            1000,
            new SessionInfo("host", "", ProcessHandle.current().pid()));

    @TempDir
    Path folder;

    @Test
    void ourOperationsLeaveTheRecordsOfJuiceFs() throws Exception {
        var clock = new SteppingClock(START);
        try (TestStores store = TestStores.rocks(folder.resolve("db"))) {
            byte[] json = Fixture.records("00-format").get("setting".getBytes(StandardCharsets.US_ASCII));
            VolumeSetting setting = VolumeSetting.parse(Objects.requireNonNull(json));
            NewVolume.create(store.engine(), VolumeSetting.of(setting.format()), clock);
            assertSame(store, "00-format");

            VolumeTree tree =
                    VolumeTree.mount(store.engine(), LIKE_1_0_2, (_, _) -> {}, (_, _) -> {}, clock, Runnable::run);
            var replay = new Replay(tree);
            String step = "";
            for (String line : Fixture.operations()) {
                if (line.startsWith(" ")) {
                    replay.run(line.strip());
                } else {
                    assertSameUnlessFirst(store, step);
                    step = line;
                }
            }
            assertSame(store, step);
            assertSame(store, "final");
            assertThat(StructureCheck.problems(store.dump())).isEmpty();
            assertTimesWereSet(tree);
        }
    }

    private static void assertSameUnlessFirst(TestStores store, String step) throws Exception {
        if (!step.isEmpty()) {
            assertSame(store, step);
        }
    }

    private static void assertSame(TestStores store, String step) throws Exception {
        assertThat(compared(store.dump(), step)).as(step).isEqualTo(compared(Fixture.records(step), step));
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
