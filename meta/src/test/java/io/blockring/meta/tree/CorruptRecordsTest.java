package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.encoding.Decoding;
import io.blockring.meta.engine.ChangeListener;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisDump;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each record of a volume that has all kinds of them is spoilt in several ways, one at a time, and everything is done
 * with the volume: what cannot be done fails as an error of the file system, with the key where bytes are no record.
 */
class CorruptRecordsTest {
    private static final Instant START = Instant.parse("2026-11-22T05:00:00Z");
    private static final Caller OWNER = new Caller(1000, 1000, List.of(), 1, 022);
    private static final AclRule RULE =
            new AclRule(6, 4, 6, 0, List.of(new AclRule.Named(2000, 6)), List.of(new AclRule.Named(3000, 4)));

    @TempDir
    Path folder;

    /** Something done with a volume. */
    @FunctionalInterface
    private interface Deed {
        void run() throws Exception;
    }

    /** What became of a volume with one spoilt record: the messages of its errors. */
    private static final class Trial {
        private final String what;
        private final List<String> errors = new ArrayList<>();

        Trial(String what) {
            this.what = what;
        }

        boolean names(String key) {
            return errors.stream().anyMatch(error -> error.startsWith("IO") && error.contains("key " + key));
        }

        @SuppressWarnings("IllegalCatch") // the point of it: nothing else may come
        void attempt(Deed deed) {
            try {
                deed.run();
            } catch (FileError e) {
                errors.add(e.kind() + " " + e.getMessage());
            } catch (Exception | Error e) {
                fail(what, e);
            }
        }
    }

    private static void fill(TestStores stores) throws Exception {
        var volume = new TestVolume(stores, 0);
        byte[] json = Objects.requireNonNull(stores.engine().reads().setting());
        try (MetaTransaction transaction = stores.engine().begin()) {
            transaction.putSetting(VolumeSetting.parse(json).withAcl().toJson());
            transaction.commit();
        }
        VolumeTree tree = volume.mount();
        long d = tree.makeDirectory(OWNER, FileTree.ROOT, Name.of("d"), 0755).inode();
        long f = tree.makeNode(OWNER, d, Name.of("f"), FileType.FILE, 0644, 0).inode();
        for (int i = 0; i < 3; i++) {
            long id = tree.newSliceId();
            tree.append(f, 0, new SliceRecord(i * 100, id, 100, 0, 100), new Timestamp(1, 0));
        }
        tree.link(OWNER, f, FileTree.ROOT, Name.of("hard"));
        tree.copyRange(f, 0, f, FileTree.CHUNK_BYTES, 300);
        tree.setExtendedAttribute(f, Name.of("user.a"), new byte[] {1, 2, 3}, AttributeMode.CREATE_OR_REPLACE);
        tree.setAcl(OWNER, f, AclKind.ACCESS, RULE);
        tree.makeSymlink(OWNER, d, Name.of("s"), new byte[] {'f'});
        tree.locks().lock(f, 1, true, false);
        tree.locks().lockRange(f, 1, new RangeLock(true, 1, 0, 9));
        tree.open(f);
        tree.jobs().setQuota(new QuotaOwner.Directory(d), 1L << 40, 1000L, false, JobWatch.NONE);
        tree.jobs().setQuota(new QuotaOwner.User(1000), 1L << 40, 1000L, false, JobWatch.NONE);
        tree.jobs().setQuota(new QuotaOwner.Group(1000), 1L << 40, 1000L, false, JobWatch.NONE);
        long unlinked =
                tree.makeNode(OWNER, d, Name.of("u"), FileType.FILE, 0644, 0).inode();
        tree.open(unlinked);
        tree.unlink(OWNER, d, Name.of("u"));
        try (MetaTransaction transaction = stores.engine().begin()) {
            transaction.putDeletedFile(new DeletedFile(900, 100, 5));
            transaction.putDelayedSlices(new DelayedSlices(5, 77, List.of(new SliceKey(5000, 100))));
            transaction.putDetached(new DetachedTree(901, 5));
            transaction.putSession(new SessionRecord(78, 5));
            transaction.putSustained(78, 902);
            transaction.commit();
        }
        // The mount dies here: its session stays.
    }

    /** Does everything with the volume in {@code stores}. */
    private static Trial use(String what, TestStores stores) {
        var trial = new Trial(what);
        var clock = new SteppingClock(START.plus(Duration.ofDays(2)));
        var mounted = new VolumeTree[1];
        trial.attempt(() -> mounted[0] = VolumeTree.mount(
                stores.engine(),
                new VolumeTree.Settings(false, 10, 10, new SessionInfo("host", "", 1)),
                (_, _) -> {},
                (_, _) -> {},
                clock,
                Runnable::run,
                ChangeListener.NONE));
        if (mounted[0] != null) {
            use(trial, mounted[0], clock);
        }
        return trial;
    }

    private static void use(Trial trial, VolumeTree tree, SteppingClock clock) {
        trial.attempt(tree::usage);
        for (long i = 1; i < 8; i++) {
            long inode = i;
            trial.attempt(() -> tree.attributes(inode));
            trial.attempt(() -> tree.list(inode, null, 100, true));
            for (String name : List.of("d", "f", "hard", "s")) {
                trial.attempt(() -> tree.lookup(inode, Name.of(name)));
            }
            trial.attempt(() -> tree.open(inode));
            trial.attempt(() -> tree.slices(inode, 0));
            trial.attempt(() -> tree.slices(inode, 1));
            trial.attempt(() -> tree.readSymlink(inode));
            trial.attempt(() -> tree.extendedAttributes(inode));
            trial.attempt(() -> tree.extendedAttribute(inode, Name.of("user.a")));
            trial.attempt(() -> tree.acl(inode, AclKind.ACCESS));
            trial.attempt(() -> tree.locks().lock(inode, 2, false, false));
            trial.attempt(() -> tree.locks().lockRange(inode, 2, new RangeLock(false, 1, 5, 20)));
            trial.attempt(() -> tree.locks().unlock(inode, 2));
            trial.attempt(() -> tree.jobs().info(inode));
            trial.attempt(() -> tree.change(Caller.ROOT, inode, new AttrChange(0700, null, null, null, null, null)));
            trial.attempt(
                    () -> tree.append(inode, 0, new SliceRecord(0, tree.newSliceId(), 50, 0, 50), new Timestamp(2, 0)));
            trial.attempt(() -> tree.copyRange(inode, 0, inode, 1000, 50));
            trial.attempt(() -> tree.compact(inode, 0));
            trial.attempt(() -> tree.truncate(Caller.ROOT, inode, 60));
            trial.attempt(() -> tree.close(inode));
        }
        trial.attempt(() -> tree.jobs().quotas());
        trial.attempt(() -> tree.jobs().checkQuotas(null, true, false, JobWatch.NONE));
        trial.attempt(() -> tree.jobs().usage(FileTree.ROOT, new TreeJobs.Question(5, 5, false, 1), JobWatch.NONE));
        trial.attempt(() -> tree.jobs()
                .clone(Caller.ROOT, 2, FileTree.ROOT, Name.of("copy"), new CloneOptions(true, 022, 1), JobWatch.NONE));
        trial.attempt(() -> tree.leftovers().count());
        for (int i = 0; i < 8; i++) {
            clock.advance(VolumeTree.HEARTBEAT);
            trial.attempt(tree::heartbeat);
        }
        trial.attempt(() -> tree.leftovers().delete());
        trial.attempt(() -> tree.jobs().deleteAbandonedClones(JobWatch.NONE));
        for (String name : List.of("f", "s", "none")) {
            trial.attempt(() ->
                    tree.rename(Caller.ROOT, 2, Name.of(name), FileTree.ROOT, Name.of(name + "2"), RenameMode.REPLACE));
            trial.attempt(() -> tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of(name + "2")));
        }
        trial.attempt(() -> tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("hard")));
        trial.attempt(() -> tree.jobs().remove(Caller.ROOT, FileTree.ROOT, Name.of("d"), true, 1, JobWatch.NONE));
        trial.attempt(tree::close);
    }

    /** A value in other ways: nothing, a part, too much, other bytes of the same length. */
    private static List<byte[]> spoilt(byte[] value, Random random) {
        var ways = new ArrayList<byte[]>();
        ways.add(new byte[0]);
        ways.add(Arrays.copyOf(value, value.length / 2));
        ways.add(Arrays.copyOf(value, Math.max(0, value.length - 1)));
        ways.add(Arrays.copyOf(value, value.length + 1));
        for (int i = 0; i < 4; i++) {
            byte[] other = new byte[value.length];
            random.nextBytes(other);
            ways.add(other);
            byte[] flipped = value.clone();
            if (flipped.length > 0) {
                flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            }
            ways.add(flipped);
        }
        return ways;
    }

    @Test
    void aSpoiltRecordOfKeysAndValuesIsAnErrorThatNamesItsKey() throws Exception {
        SortedMap<byte[], byte[]> whole;
        try (TestStores stores = TestStores.memory(new MemoryByteStore(false))) {
            fill(stores);
            whole = stores.dump();
        }
        try (TestStores stores = TestStores.memory(whole)) {
            assertThat(use("nothing spoilt", stores).errors)
                    .filteredOn(error -> error.startsWith("IO"))
                    .isEmpty();
        }
        var random = new Random(1);
        var unnamed = new TreeSet<String>();
        for (Map.Entry<byte[], byte[]> record : whole.entrySet()) {
            String key = Decoding.text(record.getKey());
            boolean named = false;
            for (byte[] value : spoilt(record.getValue(), random)) {
                var copy = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
                copy.putAll(whole);
                copy.put(record.getKey(), value);
                try (TestStores stores = TestStores.memory(copy)) {
                    Trial trial = use(key + " = " + Decoding.text(value), stores);
                    named |= trial.names(key);
                }
            }
            if (!named) {
                unnamed.add(key);
            }
        }
        assertThat(unnamed)
                .as("an attribute, a symlink, what a session says of itself, and who holds open an unlinked file")
                .hasSize(5)
                .allMatch(key -> key.endsWith("user.a") || key.matches("A.*S|SI.*|SS.*"));
    }

    @Test
    void aSpoiltElementInRedisIsAnErrorThatNamesItsKey() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            int first = RedisStores.newDatabase();
            Map<String, RedisDump.Value> whole;
            try (TestStores stores = RedisStores.open(server, first)) {
                fill(stores);
                stores.engine().flushUsage();
                whole = RedisStores.dump(server, first);
            }
            var random = new Random(2);
            var unnamed = new TreeSet<String>();
            for (Map.Entry<String, RedisDump.Value> entry : whole.entrySet()) {
                boolean named = false;
                for (int i = 0; i < entry.getValue().elements().size(); i++) {
                    List<byte[]> ways =
                            spoilt(entry.getValue().elements().get(i), random).subList(1, 5);
                    for (byte[] way : ways) {
                        var elements = new ArrayList<>(entry.getValue().elements());
                        elements.set(i, way);
                        var copy = new LinkedHashMap<>(whole);
                        copy.put(
                                entry.getKey(),
                                new RedisDump.Value(entry.getValue().type(), elements));
                        named |= namesItsKey(server, entry.getKey(), copy, Decoding.text(way));
                    }
                }
                if (!named) {
                    unnamed.add(entry.getKey());
                }
            }
            assertThat(unnamed).as("keys whose values may be any bytes").containsExactly("s4", "sessionInfos", "x3");
        }
    }

    private static boolean namesItsKey(RedisServer server, String key, Map<String, RedisDump.Value> dump, String value)
            throws Exception {
        int database = RedisStores.newDatabase();
        try {
            RedisDump.load(server, database, dump);
        } catch (FileError e) {
            return false; // a score must be a number: the server itself refuses another
        }
        String text = Decoding.text(key.getBytes(StandardCharsets.ISO_8859_1));
        try (TestStores stores = RedisStores.open(server, database)) {
            return use(text + " = " + value, stores).names(text);
        }
    }
}
