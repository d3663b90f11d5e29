package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.Attr;
import io.blockring.meta.ChunkView;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.keyvalue.RocksByteStore.Durability;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that JuiceFS wrote, loaded into RocksDB and read by us. */
class JuiceFsReadTest {
    private static final int BLOCK_BYTES = 4 << 20;

    private static final Map<String, byte[]> OBJECTS = new HashMap<>();

    @TempDir
    Path folder;

    /** The objects: small ones from the fixture, the others made again; all compared with their checksums. */
    @BeforeAll
    static void makeObjects() {
        for (Map.Entry<String, JsonNode> object :
                Fixture.readBack().get("objects").properties()) {
            String key = object.getKey();
            String[] expected = object.getValue().asText().split(" ", -1);
            int length = Integer.parseInt(expected[0]);
            byte[] bytes = length <= 80_000 ? Fixture.smallObject(key) : largeObject(key, length);
            assertThat(bytes).hasSize(length);
            assertThat(sha256(bytes)).as(key).isEqualTo(expected[1]);
            OBJECTS.put(key.substring(key.lastIndexOf('/') + 1), bytes);
        }
    }

    private static byte[] largeObject(String key, int length) {
        String[] parts = key.substring(key.lastIndexOf('/') + 1).split("_", -1);
        long start = Integer.parseInt(parts[1]) * (long) BLOCK_BYTES;
        return switch (parts[0]) {
            case "2" -> Fixture.pattern(2, start, length);
            case "3" -> Fixture.pattern(3, start, length);
            case "4" -> Fixture.pattern(3, FileTree.CHUNK_BYTES + start, length);
            case "6" -> Fixture.pattern(9, 3_000_000 + start, length);
            default -> throw new IllegalStateException("an object nobody knows: " + key);
        };
    }

    @Test
    void theFilesReadAsJuiceFsReadThem() throws Exception {
        try (RocksByteStore store = load(Fixture.records("final"))) {
            var reads = new KeyValueReads(store.latest());
            for (Map.Entry<String, JsonNode> file : Fixture.readBack().properties()) {
                if (file.getKey().startsWith("/")) {
                    byte[] bytes = read(reads, inodeOf(reads, file.getKey()));
                    assertThat(bytes.length + " " + sha256(bytes))
                            .as(file.getKey())
                            .isEqualTo(file.getValue().asText());
                }
            }
        }
    }

    @Test
    void everyStepIsReadWholeAndWrittenBackByteForByte() throws Exception {
        for (String step : Fixture.STEPS) {
            SortedMap<byte[], byte[]> records = Fixture.records(step);
            records.forEach((key, value) -> assertThat(rewritten(key, value))
                    .as("%s: %s", step, new String(key, StandardCharsets.ISO_8859_1))
                    .isEqualTo(value));
        }
    }

    @Test
    void theVolumeOfJuiceFsIsSound() {
        assertThat(StructureCheck.problems(Fixture.records("final"))).isEmpty();
    }

    /** The value as our codecs write what they read from it. */
    private static byte[] rewritten(byte[] key, byte[] value) {
        return switch (key[0]) {
            case 'A' ->
                switch (key[9]) {
                    case 'I' -> AttrCodec.encode(AttrCodec.decode(value));
                    case 'D' -> ValueCodec.child(ValueCodec.child(value));
                    case 'C' -> ValueCodec.slices(ValueCodec.slices(value));
                    default -> value;
                };
            case 'C', 'K' -> ValueCodec.counter(ValueCodec.counter(value));
            default -> value;
        };
    }

    @Test
    void theTreeGrowsStepByStep() throws Exception {
        assertThat(treeAfter("02-mkdir")).isEqualTo(Map.of("/d", "DIRECTORY 755 0", "/d/sub", "DIRECTORY 700 0"));
        assertThat(treeAfter("09-write-hole"))
                .containsEntry("/d/hole", "FILE 600 104857700")
                .containsEntry("/d/f1k", "FILE 644 6024");
        assertThat(treeAfter("12-symlink"))
                .containsEntry("/sub2/g1k", "FILE 644 6024")
                .containsEntry("/d/ln", "SYMLINK 644 4")
                .doesNotContainKeys("/d/f1k", "/d/sub");
        assertThat(treeAfter("18-truncate-grow-chunks"))
                .containsEntry("/d/empty", "FILE 644 209715200")
                .containsEntry("/d/f10m", "FILE 644 9000000");
        Map<String, String> last = treeAfter("final");
        assertThat(last)
                .containsEntry("/c1", "FILE 644 12000")
                .containsEntry("/sub2/g1k", "FILE 640 6024")
                .containsEntry("/ünï-日本", "FILE 644 5")
                .containsEntry("/sp ace\t\"q\"\\b", "FILE 644 6")
                .containsEntry("/many/f49", "FILE 644 0")
                .containsEntry("/" + "n".repeat(255), "DIRECTORY 755 0")
                .doesNotContainKeys("/d/hole", "/tmpf", "/c2", "/e");
        assertThat(last).hasSize(63);
    }

    private Map<String, String> treeAfter(String step) throws Exception {
        try (RocksByteStore store = load(Fixture.records(step))) {
            var reads = new KeyValueReads(store.latest());
            var tree = new TreeMap<String, String>();
            walk(reads, FileTree.ROOT, "", tree);
            return tree;
        }
    }

    private static void walk(MetaReads reads, long directory, String path, Map<String, String> tree) throws FileError {
        for (Dentry child : reads.children(directory, null, Integer.MAX_VALUE)) {
            Attr attr = attr(reads, child.inode());
            assertThat(attr.type()).isEqualTo(child.type());
            String name = path + "/" + child.name();
            boolean folder = child.type() == FileType.DIRECTORY;
            tree.put(name, "%s %o %d".formatted(attr.type(), attr.mode(), folder ? 0 : attr.length()));
            if (folder) {
                walk(reads, child.inode(), name, tree);
            }
        }
    }

    @Test
    void linksAndAttributesAndCountersAreRead() throws Exception {
        try (RocksByteStore store = load(Fixture.records("final"))) {
            var reads = new KeyValueReads(store.latest());
            assertThat(reads.symlink(10)).isEqualTo("f10m".getBytes(StandardCharsets.US_ASCII));
            assertThat(reads.xattrNames(6)).containsExactly(Name.of("user.k1"));
            assertThat(reads.xattr(6, Name.of("user.k1"))).isEqualTo("val\0ue-1".getBytes(StandardCharsets.US_ASCII));
            assertThat(reads.counter(Counter.TOTAL_INODES)).isEqualTo(73);
            assertThat(reads.extraReferences(new SliceKey(9, 4000))).isEqualTo(2);
            assertThat(Scans.all(new KeyValueScans(store.latest()).sessions())).hasSize(1);
        }
    }

    private RocksByteStore load(SortedMap<byte[], byte[]> records) throws Exception {
        RocksByteStore store = RocksByteStore.open(folder.resolve("db" + System.nanoTime()), true, Durability.PROCESS);
        try (ByteTransaction transaction = store.begin()) {
            for (Map.Entry<byte[], byte[]> record : records.entrySet()) {
                transaction.put(record.getKey(), record.getValue());
            }
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
        return store;
    }

    private static long inodeOf(MetaReads reads, String path) throws FileError {
        long inode = FileTree.ROOT;
        for (String part : path.substring(1).split("/", -1)) {
            Child child = reads.child(inode, Name.of(part));
            inode = Objects.requireNonNull(child, path).inode();
            byte[] target = reads.symlink(inode);
            if (target != null) { // the only one stands beside what it names
                inode = inodeOf(reads, "/d/" + new String(target, StandardCharsets.UTF_8));
            }
        }
        return inode;
    }

    private static Attr attr(MetaReads reads, long inode) throws FileError {
        return Objects.requireNonNull(reads.attr(inode), "inode " + inode + " has no attributes");
    }

    private static byte[] read(MetaReads reads, long inode) throws FileError {
        byte[] file = new byte[Math.toIntExact(attr(reads, inode).length())];
        for (int start = 0, chunk = 0; start < file.length; start += FileTree.CHUNK_BYTES, chunk++) {
            int bytes = Math.min(FileTree.CHUNK_BYTES, file.length - start);
            for (ChunkView.Window window :
                    ChunkView.of(reads.slices(inode, chunk)).between(0, bytes)) {
                copy(window, file, start + window.position());
            }
        }
        return file;
    }

    private static void copy(ChunkView.Window window, byte[] into, int at) {
        if (window.isZeros()) {
            return;
        }
        for (int done = 0; done < window.length(); ) {
            int offset = window.offset() + done;
            int index = offset / BLOCK_BYTES;
            int blockBytes = Math.min(BLOCK_BYTES, window.size() - index * BLOCK_BYTES);
            byte[] block = OBJECTS.get(window.sliceId() + "_" + index + "_" + blockBytes);
            int count = Math.min(window.length() - done, blockBytes - offset % BLOCK_BYTES);
            System.arraycopy(block, offset % BLOCK_BYTES, into, at + done, count);
            done += count;
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
