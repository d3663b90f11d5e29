package io.blockring.filesystem;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.ChunkView;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeUsage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tree on the heap with the rules that a file's data needs: one directory, files, open counts. It keeps what it has
 * when a session ends, so that a second file system can be put over it.
 */
final class MemoryTree implements FileTree {
    static final int BLOCK_BYTES = 64 << 10;

    private static final class File {
        Attr attr;
        int opens;
        final Map<Integer, List<SliceRecord>> chunks = new HashMap<>();

        File(Attr attr) {
            this.attr = attr;
        }
    }

    private final TreeMap<Name, Long> names = new TreeMap<>();
    private final Map<Long, File> files = new HashMap<>();
    private long lastInode = ROOT;
    private long lastSlice;
    private long ticks;

    @Override
    public VolumeFormat format() {
        return new VolumeFormat("vol", new UUID(0, 1), "mem", "", BLOCK_BYTES, false, 0, 0, 0);
    }

    @Override
    public synchronized Entry lookup(long parent, Name name) throws FileError {
        Long inode = names.get(name);
        if (inode == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no " + name);
        }
        return new Entry(inode, file(inode).attr);
    }

    private File file(long inode) throws FileError {
        File file = files.get(inode);
        if (file == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        return file;
    }

    @Override
    public synchronized Attr attributes(long inode) throws FileError {
        return inode == ROOT ? attr(FileType.DIRECTORY, now(), now(), 2, 4096) : file(inode).attr;
    }

    private Timestamp now() {
        return new Timestamp(1_000_000 + ++ticks, 0);
    }

    private static Attr attr(FileType type, Timestamp mtime, Timestamp ctime, int nlink, long length) {
        return new Attr(0, type, 0644, 0, 0, mtime, mtime, ctime, nlink, length, 0, ROOT, 0, 0, 0);
    }

    @Override
    public synchronized Attr change(Caller caller, long inode, AttrChange change) throws FileError {
        File file = file(inode);
        Timestamp mtime = switch (change.mtime()) {
            case AttrChange.Time.At(Timestamp time) -> time;
            case AttrChange.Time.Now() -> now();
            case null -> file.attr.mtime();
        };
        file.attr = attr(FileType.FILE, mtime, now(), file.attr.nlink(), file.attr.length());
        return file.attr;
    }

    @Override
    public synchronized Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev)
            throws FileError {
        if (names.containsKey(name)) {
            throw new FileError(FileError.Kind.EXISTS, name + " is there");
        }
        Timestamp now = now();
        names.put(name, ++lastInode);
        files.put(lastInode, new File(attr(type, now, now, 1, 0)));
        return lookup(parent, name);
    }

    @Override
    public synchronized void unlink(Caller caller, long parent, Name name) throws FileError {
        long inode = lookup(parent, name).inode();
        names.remove(name);
        drop(inode);
    }

    private void drop(long inode) throws FileError {
        File file = file(inode);
        file.attr = attr(FileType.FILE, file.attr.mtime(), now(), 0, file.attr.length());
        if (file.opens == 0) {
            files.remove(inode);
        }
    }

    @Override
    public synchronized void rename(
            Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode) throws FileError {
        long inode = lookup(parent, name).inode();
        if (name.equals(newName)) {
            return;
        }
        Long replaced = names.get(newName);
        names.remove(name);
        names.put(newName, inode);
        if (replaced != null) {
            drop(replaced);
        }
    }

    @Override
    public synchronized List<Dentry> list(long directory, @Nullable Name after, int limit, boolean withAttributes) {
        List<Dentry> entries = new ArrayList<>();
        for (var entry : (after == null ? names : names.tailMap(after, false)).entrySet()) {
            if (entries.size() == limit) {
                break;
            }
            File file = files.get(entry.getValue());
            Attr attr = withAttributes && file != null ? file.attr : null;
            entries.add(new Dentry(entry.getKey(), entry.getValue(), FileType.FILE, attr));
        }
        return entries;
    }

    @Override
    public synchronized Attr open(long inode) throws FileError {
        file(inode).opens++;
        return file(inode).attr;
    }

    @Override
    public synchronized Attr open(long inode, Supplier<@Nullable Attr> known) throws FileError {
        Attr trusted = known.get();
        Attr attr = open(inode);
        return trusted != null ? trusted : attr;
    }

    @Override
    public synchronized void close(long inode) throws FileError {
        File file = file(inode);
        if (--file.opens == 0 && file.attr.nlink() == 0) {
            files.remove(inode);
        }
    }

    @Override
    public synchronized long newSliceId() {
        return ++lastSlice;
    }

    @Override
    public synchronized List<SliceRecord> slices(long inode, int chunk) throws FileError {
        return List.copyOf(file(inode).chunks.getOrDefault(chunk, List.of()));
    }

    @Override
    public synchronized Attr append(long inode, int chunk, SliceRecord slice, Timestamp mtime) throws FileError {
        File file = file(inode);
        List<SliceRecord> records = file.chunks.computeIfAbsent(chunk, _ -> new ArrayList<>());
        if (records.isEmpty() || !records.getLast().equals(slice)) {
            records.add(slice);
        }
        long end = (long) chunk * CHUNK_BYTES + slice.position() + slice.length();
        file.attr = attr(FileType.FILE, mtime, now(), file.attr.nlink(), Math.max(file.attr.length(), end));
        return file.attr;
    }

    @Override
    public synchronized Attr truncate(Caller caller, long inode, long length) throws FileError {
        File file = file(inode);
        layZeros(file, Math.min(length, file.attr.length()), Math.max(length, file.attr.length()));
        file.attr = attr(FileType.FILE, now(), now(), file.attr.nlink(), length);
        return file.attr;
    }

    private static void layZeros(File file, long from, long to) {
        for (var chunk : file.chunks.entrySet()) {
            long start = (long) chunk.getKey() * CHUNK_BYTES;
            int zeroFrom = Math.clamp(from - start, 0, CHUNK_BYTES);
            int zeroTo = Math.clamp(to - start, 0, CHUNK_BYTES);
            if (zeroFrom < zeroTo) {
                chunk.getValue().add(new SliceRecord(zeroFrom, 0, 0, 0, zeroTo - zeroFrom));
            }
        }
    }

    @Override
    public synchronized Attr zeroRange(long inode, long offset, long length, boolean keepSize) throws FileError {
        File file = file(inode);
        long end = keepSize ? Math.min(file.attr.length(), offset + length) : offset + length;
        if (offset < end) {
            layZeros(file, offset, end);
        }
        long newLength = Math.max(file.attr.length(), end);
        file.attr = attr(FileType.FILE, now(), now(), file.attr.nlink(), newLength);
        return file.attr;
    }

    @Override
    public synchronized Copied copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
            throws FileError {
        File from = file(source);
        File to = file(target);
        long bytes = Math.clamp(from.attr.length() - sourceOffset, 0, length);
        if (bytes == 0) {
            return new Copied(0, to.attr);
        }
        if (source == target && Math.abs(sourceOffset - targetOffset) < bytes) {
            throw new FileError(FileError.Kind.INVALID, "the ranges overlap");
        }
        Map<Integer, ChunkView> views = new HashMap<>();
        from.chunks.forEach((chunk, records) -> views.put(chunk, ChunkView.of(records)));
        long done = 0;
        while (done < bytes) {
            int position = (int) ((sourceOffset + done) % CHUNK_BYTES);
            int targetPosition = (int) ((targetOffset + done) % CHUNK_BYTES);
            int part = (int) Math.min(bytes - done, CHUNK_BYTES - Math.max(position, targetPosition));
            ChunkView view = views.getOrDefault((int) ((sourceOffset + done) / CHUNK_BYTES), ChunkView.of(List.of()));
            for (ChunkView.Window window : view.between(position, position + part)) {
                to.chunks
                        .computeIfAbsent((int) ((targetOffset + done) / CHUNK_BYTES), _ -> new ArrayList<>())
                        .add(new SliceRecord(
                                targetPosition + window.position() - position,
                                window.sliceId(),
                                window.size(),
                                window.offset(),
                                window.length()));
            }
            done += part;
        }
        to.attr = attr(FileType.FILE, now(), now(), to.attr.nlink(), Math.max(to.attr.length(), targetOffset + bytes));
        return new Copied(bytes, to.attr);
    }

    /** All records that there are, for checks of the store. */
    synchronized List<SliceRecord> allRecords() {
        List<SliceRecord> all = new ArrayList<>();
        files.values().forEach(file -> file.chunks.values().forEach(all::addAll));
        return all;
    }

    /** The session ends without closing what is open: a crash, or a shut-down. */
    @Override
    public synchronized void close() {
        files.values().removeIf(file -> file.attr.nlink() == 0);
        files.values().forEach(file -> file.opens = 0);
    }

    @Override
    public @Nullable AclRule acl(long inode, AclKind kind) throws FileError {
        throw unsupported();
    }

    @Override
    public void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        throw unsupported();
    }

    @Override
    public FileLocks locks() {
        throw new UnsupportedOperationException("the tests of data lock nothing");
    }

    @Override
    public VolumeUsage usage() {
        return new VolumeUsage(1 << 30, 1 << 30, 0, 1000);
    }

    private static FileError unsupported() {
        return new FileError(FileError.Kind.NOT_SUPPORTED, "the tests of data need no such thing");
    }

    @Override
    public Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        throw unsupported();
    }

    @Override
    public Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        throw unsupported();
    }

    @Override
    public byte[] readSymlink(long inode) throws FileError {
        throw unsupported();
    }

    @Override
    public void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        throw unsupported();
    }

    @Override
    public Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError {
        throw unsupported();
    }

    @Override
    public byte[] extendedAttribute(long inode, Name name) throws FileError {
        throw unsupported();
    }

    @Override
    public List<Name> extendedAttributes(long inode) throws FileError {
        throw unsupported();
    }

    @Override
    public void setExtendedAttribute(long inode, Name name, byte[] value, AttributeMode mode) throws FileError {
        throw unsupported();
    }

    @Override
    public void removeExtendedAttribute(long inode, Name name) throws FileError {
        throw unsupported();
    }
}
