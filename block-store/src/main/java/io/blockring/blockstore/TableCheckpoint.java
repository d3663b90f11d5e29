package io.blockring.blockstore;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file with all entries of a table, written when a run ends in order: the next start need not walk the index.
 *
 * <p>It stands for the index only in the run after the one that wrote it, and is deleted by then. Integers are big-endian.
 *
 * <pre>
 *  0  u64  magic "BRTABLE2"
 *  8  u32  the run that wrote it
 * 12  u32  parts of the table
 * 16  u32  the youngest age, see {@link BlockAges}
 * 20  for each part
 *       u32  entries
 *       u32  CRC32C of them
 *       entries × { u64, u64 } as in {@link BlockEntries}
 * </pre>
 */
final class TableCheckpoint {
    private static final long MAGIC = 0x42525441424c4532L;
    private static final int HEADER_BYTES = Long.BYTES + 3 * Integer.BYTES;
    private static final int PART_HEADER_BYTES = 2 * Integer.BYTES;

    private final Path file;

    TableCheckpoint(Path file) {
        this.file = file;
    }

    void write(BlockTable table, int run) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (var channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            writeAll(
                    channel,
                    ByteBuffer.allocate(HEADER_BYTES)
                            .putLong(MAGIC)
                            .putInt(run)
                            .putInt(BlockTable.SHARDS)
                            .putInt(table.youngestAge())
                            .flip());
            for (BlockShard shard : table.shards()) {
                ByteBuffer entries = shard.entries();
                var header = ByteBuffer.allocate(PART_HEADER_BYTES)
                        .putInt(entries.remaining() / BlockEntries.ENTRY_BYTES)
                        .putInt(crc(entries));
                writeAll(channel, header.flip());
                writeAll(channel, entries);
            }
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes the entries of one part of the table. */
    @FunctionalInterface
    interface PartVisitor {
        void visit(BlockShard shard, ByteBuffer entries) throws IOException;
    }

    /**
     * Gives the parts of the table to {@code visitor}, those that are whole.
     *
     * @return false when that was not all of them, or the file is not of that run
     */
    boolean read(BlockTable table, int run, PartVisitor visitor) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = read(channel, HEADER_BYTES);
            if (header.getLong() != MAGIC || header.getInt() != run || header.getInt() != BlockTable.SHARDS) {
                return false;
            }
            table.startFrom(Math.floorMod(header.getInt(), BlockAges.AGES));
            for (BlockShard shard : table.shards()) {
                ByteBuffer part = read(channel, PART_HEADER_BYTES);
                long bytes = (long) part.getInt() * BlockEntries.ENTRY_BYTES;
                if (bytes < 0 || bytes > channel.size() - channel.position()) {
                    return false;
                }
                ByteBuffer entries = read(channel, Math.toIntExact(bytes));
                if (crc(entries) != part.getInt()) {
                    return false;
                }
                visitor.visit(shard, entries);
            }
            return true;
        } catch (NoSuchFileException | EOFException _) {
            return false;
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    private static ByteBuffer read(FileChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static int crc(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
