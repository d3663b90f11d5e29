package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mount that only reads leaves as it is, and which volumes are offered so. */
class ReadOnlyTest {
    private static final int MANY_SLICES = 6;

    @TempDir
    Path folder;

    /** All records, as text. */
    private static Map<String, String> records(TestStores stores) throws FileError {
        var text = new TreeMap<String, String>();
        stores.dump()
                .forEach((key, value) ->
                        text.put(HexFormat.of().formatHex(key), HexFormat.of().formatHex(value)));
        return text;
    }

    @Test
    void aReadOnlyMountThatReadsEverythingLeavesEachRecordAsItWas() throws Exception {
        try (TestStores rocks = TestStores.rocks(folder.resolve("db"))) {
            assertLeavesAll(rocks);
        }
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores redis = RedisStores.open(server, RedisStores.newDatabase())) {
            assertLeavesAll(redis);
        }
    }

    private static void assertLeavesAll(TestStores stores) throws Exception {
        var volume = new TestVolume(stores, 1);
        VolumeTree writer = volume.mount();
        long d = writer.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)
                .inode();
        long f = writer.makeNode(Caller.ROOT, d, Name.of("f"), FileType.FILE, 0644, 0)
                .inode();
        for (int i = 0; i < MANY_SLICES; i++) {
            long id = writer.newSliceId();
            volume.objects.put(id, 1);
            writer.append(f, 0, new SliceRecord(0, id, 100, 0, 100), new Timestamp(1, 0));
        }
        writer.makeSymlink(Caller.ROOT, d, Name.of("s"), new byte[] {'x'});
        writer.makeNode(Caller.ROOT, d, Name.of("gone"), FileType.FILE, 0644, 0);
        writer.unlink(Caller.ROOT, d, Name.of("gone"));
        writer.close();
        volume.clock.advance(Duration.ofDays(5)); // all of housekeeping is due
        Map<String, String> before = records(stores);

        VolumeTree reader = VolumeTree.mount(
                stores.engine(),
                VolumeTree.Settings.of(true, new SessionInfo("host", "", 1)),
                volume.objects,
                volume.objects,
                volume.clock,
                Runnable::run);
        readEverything(reader);
        reader.heartbeat();
        reader.flushSums();
        assertThat(catchThrowableOfType(
                                FileError.class, () -> reader.leftovers().delete())
                        .kind())
                .isEqualTo(FileError.Kind.READ_ONLY);
        assertThat(catchThrowableOfType(FileError.class, reader::writableEngine).kind())
                .isEqualTo(FileError.Kind.READ_ONLY);
        reader.close();
        assertThat(records(stores)).isEqualTo(before);
    }

    private static void readEverything(VolumeTree tree) throws FileError {
        var left = new ArrayDeque<Long>(List.of(FileTree.ROOT, FileTree.TRASH));
        while (!left.isEmpty()) {
            long inode = left.removeLast();
            for (Dentry entry : tree.list(inode, null, 100, true)) {
                tree.lookup(inode, entry.name());
                tree.attributes(entry.inode());
                tree.extendedAttributes(entry.inode());
                switch (entry.type()) {
                    case DIRECTORY -> left.add(entry.inode());
                    case SYMLINK -> tree.readSymlink(entry.inode());
                    default -> {
                        tree.open(entry.inode());
                        tree.slices(entry.inode(), 0);
                        tree.close(entry.inode());
                    }
                }
            }
        }
        tree.usage();
        tree.leftovers().count();
    }

    @Test
    void aVolumeIsOfferedReadOnlyOnlyWhereItCanBeRead() throws Exception {
        assertOffered(
                VolumeException.Kind.READ_ONLY, "\"Tiers\": {\"1\": {\"ID\": 1}}, \"MinClientVersion\": \"1.4.0-A\"");
        assertOffered(VolumeException.Kind.READ_ONLY, "\"ChangeLog\": true, \"MinClientVersion\": \"1.4.0-A\"");
        assertOffered(VolumeException.Kind.READ_ONLY, "\"MaxClientVersion\": \"1.0.5\"");
        assertOffered(VolumeException.Kind.REFUSED, "\"MetaVersion\": 2");
        assertOffered(VolumeException.Kind.REFUSED, "\"MinClientVersion\": \"2.0.0\"");
        assertOffered(
                VolumeException.Kind.REFUSED,
                "\"EncryptKey\": \"x\", \"EncryptAlgo\": \"sm4gcm\", \"KeyEncrypted\": true");
        assertOffered(VolumeException.Kind.REFUSED, "\"Shards\": 4");
        assertOffered(VolumeException.Kind.REFUSED, "\"Compression\": \"brotli\"");
    }

    private void assertOffered(VolumeException.Kind kind, String field) throws Exception {
        Path meta = folder.resolve("gate" + field.hashCode());
        var url = URI.create("rocksdb://" + meta);
        Volume.create(
                url, new VolumeFormat("lab", new UUID(1, 2), "file", "/b/", 4 << 20, false, 0, 0, 0), Upkeep.V1_0);
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            new Transactions(volume.engine(), new InodeLocks()).run(transaction -> {
                String json = new String(Objects.requireNonNull(transaction.setting()), StandardCharsets.UTF_8);
                transaction.putSetting((json.substring(0, json.lastIndexOf('}')) + ", " + field + "}")
                        .getBytes(StandardCharsets.UTF_8));
                return true;
            });
        }
        var refused = catchThrowableOfType(VolumeException.class, () -> Volume.open(url, MountOptions.PLAIN));
        assertThat(refused.kind()).as(field).isEqualTo(kind);
        assertThat(refused.getMessage()).doesNotContain("\n");
        boolean opens = true;
        try (Volume volume = Volume.open(url, MountOptions.PLAIN.withReadOnly(true))) {
            assertThat(volume.format().name()).isEqualTo("lab");
        } catch (VolumeException _) {
            opens = false;
        }
        assertThat(opens).as(field).isEqualTo(kind == VolumeException.Kind.READ_ONLY);
    }
}
