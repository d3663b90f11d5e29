package io.blockring.meta.redis;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaScan;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a large directory, sorted in runs that fit into memory and merged into a file, of which memory holds
 * one name in a thousand. The files have no name while they are open, so that nothing of them outlives the process.
 */
final class SortedFile implements SortedListings.Listing {
    /** Entries that are sorted in memory. */
    private static final int RUN_ENTRIES = 128 << 10;

    /** Entries between two names of the index. */
    private static final int INDEX_STEP = 1024;

    private static final int BUFFER_BYTES = 64 << 10;

    private final FileChannel file;
    /** Where the entries from a name on begin. */
    private final NavigableMap<Name, Long> index;

    private SortedFile(FileChannel file, NavigableMap<Name, Long> index) {
        this.file = file;
        this.index = index;
    }

    /** Sorts {@code first} and all that {@code rest} still has. */
    static SortedFile of(List<Dentry> first, MetaScan<Dentry> rest) throws FileError, IOException {
        var runs = new ArrayList<FileChannel>();
        try {
            List<Dentry> run = first;
            for (List<Dentry> some = rest.next(); !some.isEmpty(); some = rest.next()) {
                if (run.size() >= RUN_ENTRIES) {
                    runs.add(write(run));
                    run = new ArrayList<>();
                }
                run.addAll(some);
            }
            runs.add(write(run));
            return merge(runs);
        } finally {
            for (FileChannel run : runs) {
                run.close();
            }
        }
    }

    private static FileChannel temporary() throws IOException {
        Path path = Files.createTempFile("blockring-directory", "");
        return FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    private static FileChannel write(List<Dentry> run) throws IOException {
        FileChannel file = temporary();
        boolean done = false;
        try {
            var out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES));
            for (Dentry entry : SortedListings.distinct(run)) {
                put(out, entry);
            }
            out.flush();
            done = true;
            return file;
        } finally {
            if (!done) {
                file.close();
            }
        }
    }

    private static SortedFile merge(List<FileChannel> runs) throws IOException {
        var readers = new PriorityQueue<Reader>();
        for (FileChannel run : runs) {
            var reader = new Reader(run, 0);
            if (reader.advance()) {
                readers.add(reader);
            }
        }
        FileChannel file = temporary();
        boolean done = false;
        try {
            var merged = new SortedFile(file, mergeInto(file, readers));
            done = true;
            return merged;
        } finally {
            if (!done) {
                file.close();
            }
        }
    }

    private static NavigableMap<Name, Long> mergeInto(FileChannel file, PriorityQueue<Reader> readers)
            throws IOException {
        var index = new TreeMap<Name, Long>();
        var out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES));
        long entries = 0;
        long bytes = 0;
        Name last = null;
        while (!readers.isEmpty()) {
            Reader reader = readers.remove();
            Dentry entry = reader.entry();
            if (last == null || !last.equals(entry.name())) {
                if (entries++ % INDEX_STEP == 0) {
                    index.put(entry.name(), bytes);
                }
                bytes += put(out, entry);
                last = entry.name();
            }
            if (reader.advance()) {
                readers.add(reader);
            }
        }
        out.flush();
        return index;
    }

    private static int put(DataOutputStream out, Dentry entry) throws IOException {
        byte[] name = entry.name().toBytes();
        out.writeShort(name.length);
        out.write(name);
        out.writeByte(entry.type().code());
        out.writeLong(entry.inode());
        return Short.BYTES + name.length + Byte.BYTES + Long.BYTES;
    }

    /** A file from some position on; it leaves the file's own position alone, for others read too. */
    private static final class Part extends InputStream {
        private final FileChannel file;
        private long position;

        Part(FileChannel file, long position) {
            this.file = file;
            this.position = position;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = file.read(ByteBuffer.wrap(into, offset, length), position);
            position += Math.max(0, read);
            return read;
        }
    }

    /** Entries of a file, one after the other. */
    private static final class Reader implements Comparable<Reader> {
        private final DataInputStream in;
        private @Nullable Dentry entry;

        Reader(FileChannel file, long from) {
            in = new DataInputStream(new BufferedInputStream(new Part(file, from), BUFFER_BYTES));
        }

        /** Goes to the next entry; false at the end. */
        boolean advance() throws IOException {
            try {
                byte[] name = in.readNBytes(in.readUnsignedShort());
                FileType type = FileType.ofCode(in.readByte());
                entry = new Dentry(Name.stored(name), in.readLong(), type, null);
                return true;
            } catch (EOFException _) {
                return false;
            }
        }

        Dentry entry() {
            if (entry == null) {
                throw new IllegalStateException("no entry was read");
            }
            return entry;
        }

        @Override
        public int compareTo(Reader other) {
            return entry().name().compareTo(other.entry().name());
        }
    }

    @Override
    public List<Dentry> behind(@Nullable Name after, int limit) throws IOException {
        Map.Entry<Name, Long> start = after == null ? index.firstEntry() : index.floorEntry(after);
        var reader = new Reader(file, start == null ? 0 : start.getValue());
        var entries = new ArrayList<Dentry>();
        while (entries.size() < limit && reader.advance()) {
            if (after == null || reader.entry().name().compareTo(after) > 0) {
                entries.add(reader.entry());
            }
        }
        return entries;
    }

    @Override
    public int entriesInMemory() {
        return index.size();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a temporary file could not be closed", e);
        }
    }
}
