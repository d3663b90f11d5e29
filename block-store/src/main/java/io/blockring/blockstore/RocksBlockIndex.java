package io.blockring.blockstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An index in RocksDB. Integers are big-endian.
 *
 * <pre>
 * family    key                              value
 * default   "run"                            u32 runs so far
 *           "boot"                           boot id of the machine in the last run
 *           "suspect"                        u32 the last run before the machine was started anew
 *           "clean"                          nothing; there when the last run was closed in order
 * segments  u32 number                       u32 owner, u32 dataset, u32 class, u32 slots
 * blocks    fingerprint: u64 low, u16 high   u64 place
 * bytes     the same                         slot header and bytes of a small block
 * </pre>
 *
 * <p>Writes go to the log without waiting for the disk: what a crash of the machine takes with it is a tail of
 * them, and slot headers tell which rows were left behind.
 */
final class RocksBlockIndex implements BlockIndex {
    private static final long CACHE_BYTES = 16 << 20;
    /** Write-ahead logs hold up to this part of what there is for logs: they are there twice while they change. */
    private static final int WRITE_AHEAD_PART = 4;

    private static final int WRITE_BUFFER_PART = 16;
    private static final long MANIFEST_STEP_BYTES = 64 << 10;
    private static final int LOG_FILES_KEPT = 2;
    private static final byte[] RUN = "run".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLEAN = "clean".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BOOT = "boot".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUSPECT = "suspect".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = {};
    /** Keys and values of the rows that are walked are not longer. */
    private static final int ROW_PART_BYTES = 16;

    private static final int BLOCK_KEY_BYTES = Long.BYTES + Short.BYTES;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final List<String> FAMILIES = List.of("default", "segments", "blocks", "bytes");

    static {
        RocksDB.loadLibrary();
    }

    private final RocksDB database;
    private final Deque<AbstractImmutableNativeReference> owned;
    private final ColumnFamilyHandle segments;
    private final ColumnFamilyHandle blocks;
    private final ColumnFamilyHandle bytes;
    private final WriteOptions write = new WriteOptions();
    private final int run;
    private final int suspectRun;
    private final boolean wasClosedCleanly;
    // Held for reading around each use: RocksDB's objects must not be used after they are closed.
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed;

    private RocksBlockIndex(
            RocksDB database,
            List<ColumnFamilyHandle> families,
            Deque<AbstractImmutableNativeReference> owned,
            byte[] bootId)
            throws RocksDBException {
        this.database = database;
        this.owned = owned;
        owned.push(write);
        segments = families.get(1);
        blocks = families.get(2);
        bytes = families.get(3);
        int runs = number(database.get(RUN));
        run = runs + 1;
        boolean isSameBoot = Arrays.equals(database.get(BOOT), bootId);
        suspectRun = isSameBoot ? number(database.get(SUSPECT)) : runs;
        wasClosedCleanly = runs == 0 || database.get(CLEAN) != null;
        try (var batch = new WriteBatch();
                var synced = new WriteOptions().setSync(true)) {
            batch.put(RUN, bytesOf(run));
            batch.put(BOOT, bootId);
            batch.put(SUSPECT, bytesOf(suspectRun));
            batch.delete(CLEAN);
            database.write(synced, batch);
        }
    }

    static BlockIndex open(Path folder, long logBytes) throws IOException {
        return open(folder, logBytes, Files.readAllBytes(BOOT_ID));
    }

    /** Opens it on a machine of that boot id: another one than before means that the pages of slots may be lost. */
    static BlockIndex open(Path folder, long logBytes, byte[] bootId) throws IOException {
        Files.createDirectories(folder);
        var owned = new ArrayDeque<AbstractImmutableNativeReference>();
        try {
            var families = new ArrayList<ColumnFamilyHandle>();
            var cache = own(owned, new LRUCache(CACHE_BYTES));
            var descriptors = new ArrayList<ColumnFamilyDescriptor>();
            for (String family : FAMILIES) {
                var options = own(owned, familyOptions(cache, family, logBytes));
                descriptors.add(new ColumnFamilyDescriptor(family.getBytes(StandardCharsets.US_ASCII), options));
            }
            var options = own(owned, databaseOptions(logBytes));
            var database = own(owned, RocksDB.open(options, folder.toString(), descriptors, families));
            families.forEach(owned::push);
            return new RocksBlockIndex(database, families, owned, bootId);
        } catch (RocksDBException e) {
            owned.forEach(AbstractImmutableNativeReference::close);
            throw new IOException("block index " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void putSegment(SegmentRow row) throws IOException {
        byte[] value = ByteBuffer.allocate(4 * Integer.BYTES)
                .putInt(row.kind().owner())
                .putInt(row.kind().dataset())
                .putInt(row.kind().sizeClass().id())
                .putInt(row.slots())
                .array();
        change(() -> database.put(segments, write, segmentKey(row.number()), value));
    }

    @Override
    public void deleteSegment(int number) throws IOException {
        change(() -> database.delete(segments, write, segmentKey(number)));
    }

    @Override
    public void putBlock(BlockRow row, byte @Nullable [] kept) throws IOException {
        byte[] key = blockKey(row.block());
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(row.place()).array();
        change(() -> {
            try (var batch = new WriteBatch()) {
                batch.put(blocks, key, value);
                if (kept != null) {
                    batch.put(bytes, key, kept);
                }
                database.write(write, batch);
            }
        });
    }

    @Override
    public void deleteBlocks(List<Removal> removals) throws IOException {
        change(() -> {
            try (var batch = new WriteBatch()) {
                for (Removal removal : removals) {
                    byte[] key = blockKey(removal.block());
                    batch.delete(blocks, key);
                    if (removal.hasBytes()) {
                        batch.delete(bytes, key);
                    }
                }
                database.write(write, batch);
            }
        });
    }

    @Override
    public byte @Nullable [] bytes(Fingerprint block) throws IOException {
        return get(() -> database.get(bytes, blockKey(block)));
    }

    @Override
    public @Nullable Long place(Fingerprint block) throws IOException {
        byte[] place = get(() -> database.get(blocks, blockKey(block)));
        return place == null ? null : ByteBuffer.wrap(place).getLong();
    }

    @Override
    public long blocks() throws IOException {
        Long estimate = get(() -> database.getLongProperty(blocks, "rocksdb.estimate-num-keys"));
        return estimate == null ? 0 : estimate;
    }

    @Override
    public void forEachSegment(RowVisitor<SegmentRow> visitor) throws IOException {
        walk(segments, (key, value) -> {
            int number = key.getInt();
            var kind = new Segment.Kind(value.getInt(), value.getInt(), SizeClass.ALL.get(value.getInt()));
            visitor.visit(new SegmentRow(number, kind, value.getInt()));
        });
    }

    @Override
    public void forEachBlock(RowVisitor<BlockRow> visitor) throws IOException {
        walk(
                blocks,
                (key, value) ->
                        visitor.visit(new BlockRow(new Fingerprint(key.getLong(), key.getShort()), value.getLong())));
    }

    @Override
    public int run() {
        return run;
    }

    @Override
    public int suspectRun() {
        return suspectRun;
    }

    @Override
    public boolean wasClosedCleanly() {
        return wasClosedCleanly;
    }

    @Override
    public void markClean() throws IOException {
        change(() -> {
            try (var synced = new WriteOptions().setSync(true)) {
                database.put(database.getDefaultColumnFamily(), synced, CLEAN, DONE);
            }
        });
    }

    @Override
    public long fileBytes() throws IOException {
        Long sum = get(() -> database.getAggregatedLongProperty("rocksdb.total-sst-files-size")
                + database.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"));
        return sum == null ? 0 : sum;
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                owned.forEach(AbstractImmutableNativeReference::close);
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    private static ColumnFamilyOptions familyOptions(LRUCache cache, String family, long logBytes) {
        // Whole blocks of data set images and the like do not get shorter.
        boolean compresses = !family.equals("bytes");
        return new ColumnFamilyOptions()
                .setWriteBufferSize(logBytes / WRITE_BUFFER_PART)
                .setCompressionType(compresses ? CompressionType.LZ4_COMPRESSION : CompressionType.NO_COMPRESSION)
                .setLevelCompactionDynamicLevelBytes(true)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setBlockCache(cache).setCacheIndexAndFilterBlocks(true));
    }

    private static DBOptions databaseOptions(long logBytes) {
        return new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setDbWriteBufferSize(logBytes / WRITE_AHEAD_PART)
                .setMaxTotalWalSize(logBytes / WRITE_AHEAD_PART)
                .setManifestPreallocationSize(MANIFEST_STEP_BYTES)
                .setKeepLogFileNum(LOG_FILES_KEPT)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
    }

    private static <T extends AbstractImmutableNativeReference> T own(
            Deque<AbstractImmutableNativeReference> owned, T reference) {
        owned.push(reference);
        return reference;
    }

    private static byte[] segmentKey(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static byte[] blockKey(Fingerprint block) {
        return ByteBuffer.allocate(BLOCK_KEY_BYTES)
                .putLong(block.low())
                .putShort((short) block.high())
                .array();
    }

    private static byte[] bytesOf(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static int number(byte @Nullable [] bytes) {
        return bytes == null ? 0 : ByteBuffer.wrap(bytes).getInt();
    }

    /** Takes a row as it is stored. */
    @FunctionalInterface
    private interface RawVisitor {
        void visit(ByteBuffer key, ByteBuffer value) throws IOException;
    }

    private void walk(ColumnFamilyHandle family, RawVisitor visitor) throws IOException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            ByteBuffer key = ByteBuffer.allocateDirect(ROW_PART_BYTES);
            ByteBuffer value = ByteBuffer.allocateDirect(ROW_PART_BYTES);
            try (var options = new ReadOptions().setFillCache(false);
                    var rows = database.newIterator(family, options)) {
                for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                    rows.key(key.clear());
                    rows.value(value.clear());
                    visitor.visit(key, value);
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw new IOException("block index: " + e.getMessage(), e);
        } finally {
            use.readLock().unlock();
        }
    }

    /** Something done with the database. */
    @FunctionalInterface
    private interface Use {
        void run() throws RocksDBException;
    }

    /** Something asked of the database. */
    @FunctionalInterface
    private interface Question<T> {
        @Nullable
        T ask() throws RocksDBException;
    }

    private void change(Use action) throws IOException {
        get(() -> {
            action.run();
            return DONE;
        });
    }

    private <T> @Nullable T get(Question<T> question) throws IOException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            return question.ask();
        } catch (RocksDBException e) {
            throw new IOException("block index: " + e.getMessage(), e);
        } finally {
            use.readLock().unlock();
        }
    }
}
