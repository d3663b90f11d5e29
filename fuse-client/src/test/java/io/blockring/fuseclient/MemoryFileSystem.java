package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeUsage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file system in memory, whole but small: inodes in a map, files as byte arrays, one lock. */
class MemoryFileSystem implements FileSystem {
    static final long CAPACITY_BYTES = 1L << 30;
    static final long INODE_LIMIT = 1 << 20;
    private static final int MAX_FILE_BYTES = 256 << 20;

    private static final class Inode {
        final long number;
        final FileType type;
        final int rdev;
        final NavigableMap<Name, Long> children = new TreeMap<>();
        final NavigableMap<Name, byte[]> extended = new TreeMap<>();
        byte[] bytes = {};
        int length;
        int mode;
        int uid;
        int gid;
        int links;
        int opened;
        long parent;
        Timestamp atime;
        Timestamp mtime;
        Timestamp ctime;

        Inode(long number, FileType type, int mode, int uid, int gid, int rdev, long parent) {
            this.number = number;
            this.type = type;
            this.mode = mode;
            this.uid = uid;
            this.gid = gid;
            this.rdev = rdev;
            this.parent = parent;
            this.links = type == FileType.DIRECTORY ? 2 : 1;
            this.atime = now();
            this.mtime = atime;
            this.ctime = atime;
        }

        Attr attr() {
            return new Attr(
                    0,
                    type,
                    mode,
                    uid,
                    gid,
                    atime,
                    mtime,
                    ctime,
                    links,
                    type == FileType.DIRECTORY ? 4096 : length,
                    rdev,
                    parent,
                    0,
                    0,
                    0);
        }

        void touched() {
            mtime = now();
            ctime = mtime;
        }
    }

    private sealed interface Handle {
        record File(Inode inode, boolean append) implements Handle {}

        record Directory(Inode inode, List<Dentry> snapshot) implements Handle {}
    }

    private final MemoryLocks locks = new MemoryLocks();
    private final Map<Long, Inode> inodes = new HashMap<>();
    private final Map<Long, Handle> handles = new HashMap<>();
    private final Map<Long, Timestamp> toldWhenOpened = new HashMap<>();
    private long nextInode = FileTree.ROOT + 1;
    private long nextHandle = 1;
    private int rangeCopies;
    private volatile @Nullable KernelCache kernel;

    MemoryFileSystem() {
        inodes.put(FileTree.ROOT, new Inode(FileTree.ROOT, FileType.DIRECTORY, 0_777, 0, 0, 0, FileTree.ROOT));
    }

    private static Timestamp now() {
        return Timestamp.of(Instant.now());
    }

    private static FileError error(Kind kind) {
        return new FileError(kind, kind.toString());
    }

    private Inode inode(long number) throws FileError {
        Inode inode = inodes.get(number);
        if (inode == null) {
            throw error(Kind.NOT_FOUND);
        }
        return inode;
    }

    private Inode directory(long number) throws FileError {
        Inode inode = inode(number);
        if (inode.type != FileType.DIRECTORY) {
            throw error(Kind.NOT_DIRECTORY);
        }
        return inode;
    }

    private Inode child(long parent, Name name) throws FileError {
        Long number = directory(parent).children.get(name);
        if (number == null) {
            throw error(Kind.NOT_FOUND);
        }
        return inode(number);
    }

    private Inode file(long handle) throws FileError {
        if (handles.get(handle) instanceof Handle.File(Inode inode, var _)) {
            return inode;
        }
        throw error(Kind.BAD_HANDLE);
    }

    private static Entry entry(Inode inode) {
        return new Entry(inode.number, inode.attr());
    }

    @Override
    public synchronized Entry lookup(Caller caller, long parent, Name name) throws FileError {
        return entry(child(parent, name));
    }

    @Override
    public synchronized Attr attributes(long inode) throws FileError {
        return inode(inode).attr();
    }

    @Override
    public synchronized Attr change(Caller caller, long number, AttrChange change) throws FileError {
        Inode inode = inode(number);
        inode.mode = Objects.requireNonNullElse(change.mode(), inode.mode);
        inode.uid = Objects.requireNonNullElse(change.uid(), inode.uid);
        inode.gid = Objects.requireNonNullElse(change.gid(), inode.gid);
        inode.atime = timestamp(change.atime(), inode.atime);
        inode.mtime = timestamp(change.mtime(), inode.mtime);
        inode.ctime = Objects.requireNonNullElseGet(change.ctime(), MemoryFileSystem::now);
        return inode.attr();
    }

    private static Timestamp timestamp(AttrChange.@Nullable Time change, Timestamp old) {
        return switch (change) {
            case null -> old;
            case AttrChange.Time.At(Timestamp at) -> at;
            case AttrChange.Time.Now _ -> now();
        };
    }

    @Override
    public synchronized Attr truncate(Caller caller, long number, long length) throws FileError {
        Inode inode = inode(number);
        resize(inode, length);
        inode.touched();
        return inode.attr();
    }

    private static void resize(Inode inode, long length) throws FileError {
        if (length > MAX_FILE_BYTES) {
            throw error(Kind.TOO_LARGE);
        }
        if (length > inode.bytes.length) {
            inode.bytes = Arrays.copyOf(inode.bytes, (int) Math.min(MAX_FILE_BYTES, Math.max(length, length * 2)));
        }
        if (length < inode.length) {
            Arrays.fill(inode.bytes, (int) length, inode.length, (byte) 0);
        }
        inode.length = (int) length;
    }

    private Inode make(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError {
        Inode directory = directory(parent);
        if (directory.children.containsKey(name)) {
            throw error(Kind.EXISTS);
        }
        var inode = new Inode(nextInode++, type, mode, caller.uid(), caller.gid(), rdev, parent);
        inodes.put(inode.number, inode);
        directory.children.put(name, inode.number);
        if (type == FileType.DIRECTORY) {
            directory.links++;
        }
        directory.touched();
        return inode;
    }

    @Override
    public synchronized Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev)
            throws FileError {
        return entry(make(caller, parent, name, type, mode, rdev));
    }

    @Override
    public synchronized Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        return entry(make(caller, parent, name, FileType.DIRECTORY, mode, 0));
    }

    @Override
    public synchronized Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        Inode inode = make(caller, parent, name, FileType.SYMLINK, 0_777, 0);
        inode.bytes = target.clone();
        inode.length = target.length;
        return entry(inode);
    }

    @Override
    public synchronized byte[] readSymlink(long inode) throws FileError {
        return inode(inode).bytes.clone();
    }

    @Override
    public synchronized void unlink(Caller caller, long parent, Name name) throws FileError {
        Inode inode = child(parent, name);
        if (inode.type == FileType.DIRECTORY) {
            throw error(Kind.IS_DIRECTORY);
        }
        takeAway(parent, name, inode);
    }

    @Override
    public synchronized void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        Inode inode = child(parent, name);
        if (inode.type != FileType.DIRECTORY) {
            throw error(Kind.NOT_DIRECTORY);
        }
        if (!inode.children.isEmpty()) {
            throw error(Kind.NOT_EMPTY);
        }
        takeAway(parent, name, inode);
    }

    private void takeAway(long parent, Name name, Inode inode) throws FileError {
        Inode directory = directory(parent);
        directory.children.remove(name);
        directory.touched();
        inode.ctime = now();
        if (inode.type == FileType.DIRECTORY) {
            directory.links--;
            inode.links = 0;
        } else {
            inode.links--;
        }
        endIfUnused(inode);
    }

    private void endIfUnused(Inode inode) {
        if (inode.links == 0 && inode.opened == 0) {
            inodes.remove(inode.number);
        }
    }

    @Override
    public synchronized void rename(
            Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode) throws FileError {
        Inode moved = child(parent, name);
        Inode from = directory(parent);
        Inode to = directory(newParent);
        Long replacedNumber = to.children.get(newName);
        if (mode == RenameMode.EXCHANGE) {
            if (replacedNumber == null) {
                throw error(Kind.NOT_FOUND);
            }
            from.children.put(name, replacedNumber);
            inode(replacedNumber).parent = parent;
        } else {
            if (replacedNumber != null) {
                replace(moved, newParent, newName, inode(replacedNumber), mode);
            }
            from.children.remove(name);
        }
        to.children.put(newName, moved.number);
        moved.parent = newParent;
        moved.ctime = now();
        from.touched();
        to.touched();
    }

    private void replace(Inode moved, long newParent, Name newName, Inode replaced, RenameMode mode) throws FileError {
        if (mode == RenameMode.NO_REPLACE) {
            throw error(Kind.EXISTS);
        }
        if (moved.number == replaced.number) {
            return;
        }
        if (replaced.type == FileType.DIRECTORY && !replaced.children.isEmpty()) {
            throw error(Kind.NOT_EMPTY);
        }
        takeAway(newParent, newName, replaced);
    }

    @Override
    public synchronized Entry link(Caller caller, long number, long newParent, Name newName) throws FileError {
        Inode inode = inode(number);
        Inode directory = directory(newParent);
        if (directory.children.putIfAbsent(newName, number) != null) {
            throw error(Kind.EXISTS);
        }
        inode.links++;
        inode.ctime = now();
        directory.touched();
        return entry(inode);
    }

    @Override
    public synchronized Opened open(Caller caller, long number, OpenMode mode) throws FileError {
        Inode inode = inode(number);
        if (inode.type == FileType.DIRECTORY) {
            throw error(Kind.IS_DIRECTORY);
        }
        if (mode.truncate()) {
            resize(inode, 0);
            inode.touched();
        }
        boolean keepPages = inode.mtime.equals(toldWhenOpened.put(number, inode.mtime));
        return new Opened(opened(inode, mode), inode.attr(), keepPages);
    }

    private long opened(Inode inode, OpenMode mode) {
        inode.opened++;
        handles.put(nextHandle, new Handle.File(inode, mode.append()));
        return nextHandle++;
    }

    @Override
    public synchronized Created create(Caller caller, long parent, Name name, int mode, OpenMode openMode)
            throws FileError {
        Inode inode = make(caller, parent, name, FileType.FILE, mode, 0);
        return new Created(entry(inode), opened(inode, openMode));
    }

    @Override
    public int read(long handle, long offset, MemorySegment into) throws FileError {
        synchronized (this) {
            Inode inode = file(handle);
            int byteCount = (int) Math.clamp(inode.length - offset, 0, into.byteSize());
            MemorySegment.copy(
                    inode.bytes, (int) Math.min(offset, inode.length), into, ValueLayout.JAVA_BYTE, 0, byteCount);
            return byteCount;
        }
    }

    @Override
    public synchronized int write(long handle, long offset, MemorySegment from) throws FileError {
        Inode inode = file(handle);
        int byteCount = (int) from.byteSize();
        if (offset + byteCount > inode.length) {
            resize(inode, offset + byteCount);
        }
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, 0, inode.bytes, (int) offset, byteCount);
        inode.touched();
        return byteCount;
    }

    @Override
    public synchronized void flush(long handle) throws FileError {
        file(handle);
    }

    @Override
    public synchronized void sync(long handle) throws FileError {
        file(handle);
    }

    @Override
    public synchronized void release(long handle) {
        if (handles.remove(handle) instanceof Handle.File(Inode inode, var _)) {
            inode.opened--;
            endIfUnused(inode);
        }
    }

    @Override
    public synchronized long seek(long handle, long offset, boolean forData) throws FileError {
        Inode inode = file(handle);
        if (offset >= inode.length) {
            throw error(Kind.NO_SUCH_OFFSET);
        }
        return forData ? offset : inode.length;
    }

    @Override
    public synchronized void allocate(long handle, long offset, long length) throws FileError {
        Inode inode = file(handle);
        if (offset + length > inode.length) {
            resize(inode, offset + length);
        }
    }

    @Override
    public synchronized void zeroRange(long handle, long offset, long length, boolean keepSize) throws FileError {
        Inode inode = file(handle);
        if (!keepSize) {
            allocate(handle, offset, length);
        }
        int end = (int) Math.min(offset + length, inode.length);
        if (offset < end) {
            Arrays.fill(inode.bytes, (int) offset, end, (byte) 0);
        }
        inode.touched();
    }

    @Override
    public synchronized long copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
            throws FileError {
        Inode from = file(source);
        Inode to = file(target);
        int byteCount = (int) Math.clamp(from.length - sourceOffset, 0, length);
        if (byteCount > 0) {
            allocate(target, targetOffset, byteCount);
            System.arraycopy(from.bytes, (int) sourceOffset, to.bytes, (int) targetOffset, byteCount);
        }
        to.touched();
        rangeCopies++;
        return byteCount;
    }

    /** How many copies of a range were asked for. */
    synchronized int rangeCopies() {
        return rangeCopies;
    }

    @Override
    public synchronized long openDirectory(Caller caller, long number) throws FileError {
        var snapshot = new ArrayList<Dentry>();
        Inode directory = directory(number);
        for (Map.Entry<Name, Long> child : directory.children.entrySet()) {
            Inode inode = inode(child.getValue());
            snapshot.add(new Dentry(child.getKey(), inode.number, inode.type, inode.attr()));
        }
        handles.put(nextHandle, new Handle.Directory(directory, snapshot));
        return nextHandle++;
    }

    @Override
    public synchronized List<Dentry> list(long handle, long cursor, int limit, boolean withAttributes)
            throws FileError {
        if (!(handles.get(handle) instanceof Handle.Directory(var _, List<Dentry> snapshot))) {
            throw error(Kind.BAD_HANDLE);
        }
        int from = (int) Math.min(cursor, snapshot.size());
        return snapshot.subList(from, Math.min(snapshot.size(), from + limit));
    }

    @Override
    public synchronized void releaseDirectory(long handle) {
        handles.remove(handle);
    }

    @Override
    public synchronized byte[] extendedAttribute(long inode, Name name) throws FileError {
        byte[] value = inode(inode).extended.get(name);
        if (value == null) {
            throw error(Kind.NO_SUCH_ATTRIBUTE);
        }
        return value.clone();
    }

    @Override
    public synchronized List<Name> extendedAttributes(long inode) throws FileError {
        return List.copyOf(inode(inode).extended.keySet());
    }

    @Override
    public synchronized void setExtendedAttribute(long number, Name name, byte[] value, FileTree.AttributeMode mode)
            throws FileError {
        Inode inode = inode(number);
        boolean exists = inode.extended.containsKey(name);
        if (exists && mode == FileTree.AttributeMode.CREATE) {
            throw error(Kind.EXISTS);
        }
        if (!exists && mode == FileTree.AttributeMode.REPLACE) {
            throw error(Kind.NO_SUCH_ATTRIBUTE);
        }
        inode.extended.put(name, value.clone());
        inode.ctime = now();
    }

    @Override
    public synchronized void removeExtendedAttribute(long inode, Name name) throws FileError {
        if (inode(inode).extended.remove(name) == null) {
            throw error(Kind.NO_SUCH_ATTRIBUTE);
        }
    }

    @Override
    public @Nullable AclRule acl(long inode, AclKind kind) throws FileError {
        throw new FileError(Kind.NOT_SUPPORTED, "no lists are kept");
    }

    @Override
    public void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        throw new FileError(Kind.NOT_SUPPORTED, "no lists are kept");
    }

    @Override
    public FileLocks locks() {
        return locks;
    }

    @Override
    public synchronized VolumeUsage usage() {
        return new VolumeUsage(CAPACITY_BYTES, CAPACITY_BYTES / 2, inodes.size(), INODE_LIMIT - inodes.size());
    }

    @Override
    public void tellKernel(@Nullable KernelCache newKernel) {
        kernel = newKernel;
    }

    KernelCache kernel() {
        return Objects.requireNonNull(kernel);
    }

    /** Handles that were given out and not ended. */
    synchronized int openHandles() {
        return handles.size();
    }

    /** Changes a file behind the kernel's back, as another client would. */
    synchronized void overwriteUnseen(long parent, Name name, byte[] content) throws FileError {
        Inode inode = child(parent, name);
        resize(inode, 0);
        resize(inode, content.length);
        System.arraycopy(content, 0, inode.bytes, 0, content.length);
        inode.touched();
    }

    @Override
    public synchronized void close() {
        handles.clear();
    }
}
