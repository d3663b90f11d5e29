package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.block.testing.Seeds;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.dump.Dump;
import io.blockring.meta.dump.Load;
import io.blockring.meta.encoding.Decoding;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes as JuiceFS's JSON, and back. */
class DumpTest {
    private static final int CELL = SliceStore.CELL_BYTES;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Dump.Options ALL = new Dump.Options(true, false);

    @TempDir
    Path folder;

    /** Opens an engine without records; each is called once. */
    @FunctionalInterface
    private interface Opening {
        TestStores open() throws Exception;
    }

    private static String dump(MetaEngine engine, Dump.Options options) throws FileError, IOException {
        var out = new ByteArrayOutputStream();
        Dump.write(engine, options, out, _ -> {});
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Load.Result load(String dump, MetaEngine engine) throws FileError, IOException {
        return Load.from(new ByteArrayInputStream(dump.getBytes(StandardCharsets.UTF_8)), engine, _ -> {});
    }

    /** What is there, but for sessions, stamps of jobs, and counts of references and links that say nothing. */
    private static SortedMap<String, String> records(TestStores stores) throws FileError {
        var kept = new TreeMap<String, String>();
        stores.dump().forEach((key, value) -> {
            String name = Decoding.text(key);
            boolean isZero = HexFormat.of().formatHex(value).equals("0000000000000000");
            boolean isJobs = name.startsWith("S") || name.startsWith("ClastCleanup") || name.startsWith("CnextCleanup");
            if (!isJobs && !(isZero && name.startsWith("K"))) {
                kept.put(name, HexFormat.of().formatHex(value));
            }
        });
        return kept;
    }

    /** A file, a link or a directory of each kind, and all that can be said of them. */
    private static TestVolume volumeOfAllKinds(TestStores stores) throws Exception {
        var volume = new TestVolume(stores, 1);
        VolumeTree tree = volume.mount();
        long d = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d \"ü\" 100%41"), 0751)
                .inode();
        Name noText = Name.of(new byte[] {'a', (byte) 0xFF, (byte) 0xC3, '\\', 7, (byte) 0xE2, (byte) 0x82});
        long sub = tree.makeDirectory(Caller.ROOT, d, noText, 01777).inode();
        long f = tree.makeNode(Caller.ROOT, sub, Name.of("f"), FileType.FILE, 04640, 0)
                .inode();
        for (int i = 0; i < 3; i++) {
            long id = tree.newSliceId();
            volume.objects.put(id, 1);
            tree.append(f, i, new SliceRecord(i * CELL, id, CELL, 0, CELL), new Timestamp(7, 8));
        }
        tree.truncate(Caller.ROOT, f, 3L * FileTree.CHUNK_BYTES + 5);
        long copy = tree.makeNode(Caller.ROOT, d, Name.of("copy"), FileType.FILE, 0600, 0)
                .inode();
        tree.copyRange(f, 0, copy, 0, CELL);
        tree.link(Caller.ROOT, f, d, Name.of("hard"));
        tree.link(Caller.ROOT, f, d, Name.of("harder"));
        byte[] target = {'/', (byte) 0xFE, ' ', '%'};
        tree.makeSymlink(Caller.ROOT, d, Name.of("link"), target);
        tree.makeNode(Caller.ROOT, d, Name.of("fifo"), FileType.FIFO, 0600, 0);
        tree.makeNode(Caller.ROOT, d, Name.of("socket"), FileType.SOCKET, 0600, 0);
        tree.makeNode(Caller.ROOT, d, Name.of("block"), FileType.BLOCK_DEVICE, 0600, 0x0801);
        tree.makeNode(Caller.ROOT, d, Name.of("char"), FileType.CHARACTER_DEVICE, 0600, 0x0103);
        var named = List.of(new AclRule.Named(1000, 5));
        stores.engine().increment(Counter.ACL_MAX_ID, 2);
        new Transactions(stores.engine(), new InodeLocks()).run(transaction -> {
            Attr attr = Objects.requireNonNull(transaction.attr(sub));
            transaction.putAcl(new StoredAcl(1, new AclRule(7, 5, 7, 7, named, List.of())));
            transaction.putAcl(new StoredAcl(2, new AclRule(7, 0, AclRule.UNSET, 0, List.of(), List.of())));
            transaction.putAttr(sub, withAcls(attr));
            return true;
        });
        byte[] value = new byte[1000];
        new Random(1).nextBytes(value);
        tree.setExtendedAttribute(f, Name.of("user.<b>"), value, AttributeMode.CREATE);
        tree.setExtendedAttribute(sub, Name.of("user.empty"), new byte[0], AttributeMode.CREATE);
        tree.change(Caller.ROOT, copy, new AttrChange(null, 1000, -2, null, null, null));
        limit(stores, new QuotaOwner.Directory(d), 1L << 40, 77);
        limit(stores, new QuotaOwner.User(1000), 0, 5);
        tree.makeNode(Caller.ROOT, d, Name.of("gone"), FileType.FILE, 0600, 0);
        tree.unlink(Caller.ROOT, d, Name.of("gone"));
        tree.close();
        return volume;
    }

    private static Attr withAcls(Attr attr) {
        return new Attr(
                attr.flags(),
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                attr.atime(),
                attr.mtime(),
                attr.ctime(),
                attr.nlink(),
                attr.length(),
                attr.rdev(),
                attr.parent(),
                1,
                2,
                attr.tier());
    }

    private static void limit(TestStores stores, QuotaOwner owner, long space, long inodes) throws FileError {
        new Transactions(stores.engine(), new InodeLocks()).run(transaction -> {
            Quota now = transaction.quota(owner);
            transaction.putQuota(
                    owner,
                    new Quota(space, inodes, now == null ? 0 : now.usedSpace(), now == null ? 0 : now.usedInodes()));
            return true;
        });
    }

    @Test
    void aVolumeComesBackRecordByRecordWhateverTheEngine() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Opening redis = () -> RedisStores.open(server, RedisStores.newDatabase());
            Opening rocks = () -> TestStores.rocks(folder.resolve("db" + System.nanoTime()));
            Opening memory = () -> TestStores.memoryWithDeferredCounters(new MemoryByteStore(true));
            for (Opening from : new Opening[] {redis, rocks, memory}) {
                for (Opening to : new Opening[] {redis, rocks}) {
                    assertComesBack(from, to);
                }
            }
        }
    }

    private static void assertComesBack(Opening from, Opening to) throws Exception {
        try (TestStores source = from.open();
                TestStores copy = to.open()) {
            volumeOfAllKinds(source);
            // The use of a directory's quota is counted from its making on, and anew by a load.
            String dump = dump(source.engine(), ALL);
            assertThat(load(dump, copy.engine()).leftOut()).isZero();
            assertThat(dump(copy.engine(), ALL)).isEqualTo(dump);
            SortedMap<String, String> expected = records(source);
            SortedMap<String, String> found = records(copy);
            expected.keySet().removeIf(key -> key.startsWith("QD"));
            found.keySet().removeIf(key -> key.startsWith("QD"));
            assertThat(found).isEqualTo(expected);
            assertThat(StructureCheck.problems(copy.dump())).isEmpty();
        }
    }

    @Test
    void volumesOfRandomWorkComeBack() {
        Seeds.forEach(60, random -> {
            boolean trash = random.nextBoolean();
            var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), trash ? 1 : 0);
            VolumeTree tree = volume.mount();
            var run = new ModelRun(tree, volume.objects, random, trash);
            for (int i = 0; i < 120; i++) {
                run.step();
            }
            run.closeAll();
            volume.clock.advance(Duration.ofHours(3));
            tree.heartbeat();
            tree.close();
            String dump = dump(volume.stores.engine(), ALL);
            try (TestStores copy = TestStores.memoryWithDeferredCounters(new MemoryByteStore(true))) {
                load(dump, copy.engine());
                assertThat(dump(copy.engine(), ALL)).isEqualTo(dump);
                assertThat(StructureCheck.problems(copy.dump())).isEmpty();
            }
        });
    }

    @Test
    void whatIsMadeAfterALoadHasIdsOfItsOwn() throws Exception {
        try (TestStores source = TestStores.memory(new MemoryByteStore(false));
                TestStores copy = TestStores.memory(new MemoryByteStore(false))) {
            volumeOfAllKinds(source);
            load(dump(source.engine(), ALL), copy.engine());
            for (Counter counter : Counter.values()) {
                assertThat(copy.engine().reads().counter(counter))
                        .as("%s", counter)
                        .isEqualTo(source.engine().reads().counter(counter));
            }
        }
    }

    /** What JuiceFS 1.4.1 dumped of a volume of its own, made for this test: all kinds of files, a quota, the trash. */
    @Test
    void aDumpOfJuiceFsIsLoadedAndDumpedAsItWas() throws Exception {
        String golden;
        try (InputStream in = DumpTest.class.getResourceAsStream("/juicefs/dump-1.4.1.json")) {
            golden = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores redis = RedisStores.open(server, RedisStores.newDatabase());
                TestStores memory = TestStores.memory(new MemoryByteStore(true))) {
            for (TestStores stores : List.of(redis, memory)) {
                load(golden, stores.engine());
                assertThat(JSON.readTree(dump(stores.engine(), ALL))).isEqualTo(JSON.readTree(golden));
                assertThat(StructureCheck.problems(stores.dump())).isEmpty();
            }
        }
    }

    @Test
    void onlyEmptyMetadataTakeADump() throws Exception {
        try (TestStores source = TestStores.memory(new MemoryByteStore(false));
                TestStores part = TestStores.memory(new MemoryByteStore(false))) {
            volumeOfAllKinds(source);
            String dump = dump(source.engine(), ALL);
            assertRefused(FileError.Kind.EXISTS, dump, source);
            assertRefused(FileError.Kind.INVALID, dump.substring(0, dump.length() / 2), part);
            assertThat(part.engine().reads().setting())
                    .as("no volume of half a dump")
                    .isNull();
        }
        try (TestStores empty = TestStores.memory(new MemoryByteStore(false))) {
            assertRefused(FileError.Kind.INVALID, "[]", empty);
            assertRefused(FileError.Kind.INVALID, "{\"FSTree\": {}}", empty);
            assertRefused(FileError.Kind.INVALID, "what?", empty);
        }
    }

    private static void assertRefused(FileError.Kind kind, String dump, TestStores stores) {
        FileError refused = catchThrowableOfType(FileError.class, () -> load(dump, stores.engine()));
        assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(kind);
    }

    @Test
    void keysToTheStoreAreInADumpOnlyWhenTheyAreWanted() throws Exception {
        try (TestStores stores = TestStores.memory(new MemoryByteStore(false))) {
            volumeOfAllKinds(stores);
            new Transactions(stores.engine(), new InodeLocks()).run(transaction -> {
                String json = new String(Objects.requireNonNull(transaction.setting()), StandardCharsets.UTF_8);
                transaction.putSetting(json.replaceFirst("\\{", "{\"SecretKey\": \"tell nobody\",")
                        .getBytes(StandardCharsets.UTF_8));
                return true;
            });
            assertThat(dump(stores.engine(), ALL)).contains("tell nobody");
            assertThat(dump(stores.engine(), new Dump.Options(false, true)))
                    .doesNotContain("tell nobody", "\"Trash\"")
                    .contains("\"SecretKey\": \"removed\"");
        }
    }

    @Test
    void anEntryWithoutAttributesIsNamedAndDoesNotEndTheDump() throws Exception {
        try (TestStores stores = TestStores.memory(new MemoryByteStore(false))) {
            TestVolume volume = volumeOfAllKinds(stores);
            VolumeTree tree = volume.mount();
            long lost = tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("lost"), FileType.FILE, 0600, 0)
                    .inode();
            tree.close();
            new Transactions(stores.engine(), new InodeLocks()).run(transaction -> {
                transaction.deleteAttr(lost);
                return true;
            });
            var result = Dump.write(stores.engine(), ALL, new ByteArrayOutputStream(), _ -> {});
            assertThat(result.damaged()).containsExactly("/lost");
        }
    }
}
