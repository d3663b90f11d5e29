package io.blockring.filesystem;

import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.AccessTimes;
import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.VolumeUsage;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file system of a volume: its tree, and its data by way of a block cache.
 *
 * <p>Within one of these, what was written is seen by every read that starts afterwards, recorded or not. Across
 * two of them it is close-to-open: who opens a file after another closed it sees what that one wrote. Data is
 * durable when a flush or sync returned; data that could not be written is reported once, by flush or sync, to each
 * handle that wrote to the file, is no part of the file, and does not keep later writes from going on.
 */
public final class VolumeFileSystem implements FileSystem {
    /** No file is longer: chunks are numbered by an int. */
    static final long MAX_FILE_BYTES = (long) Integer.MAX_VALUE * FileTree.CHUNK_BYTES;

    /** How often the clock is looked at for data that waits to be recorded. */
    private static final long TICK_MILLIS = 100;

    private static final int IMMUTABLE = 1;
    private static final int APPEND_ONLY = 2;

    private static final Logger LOG = LoggerFactory.getLogger(VolumeFileSystem.class);

    private final FileTree tree;
    private final FileSystemLimits limits;
    private final OpenFiles files;
    private final KernelPages pages = new KernelPages();
    private final Map<Long, DirectoryHandle> directories = new ConcurrentHashMap<>();
    private final AtomicLong lastDirectory = new AtomicLong();
    private final BufferPool writeBuffers;
    private final BufferPool readBuffers;
    private final ReadAhead readAhead;
    private final FileReader reader;
    private final FileWriter writer;
    private final Accesses accesses;
    private final ExecutorService threads;
    private final ExecutorService aheadThreads;
    private final ExecutorService partThreads;
    private final ScheduledExecutorService timer;
    private final ScheduledFuture<?> ticks;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * The file system over a tree, whose session it ends when it is closed, and a cache, which its owner closes
     * afterwards.
     */
    public VolumeFileSystem(FileTree tree, BlockCache cache, FileSystemLimits limits, Clocks clocks) {
        this(tree, cache, limits, clocks, AccessTimes.NOATIME);
    }

    /** The same, in which reads change times of access as {@code accessTimes} says. */
    public VolumeFileSystem(
            FileTree tree, BlockCache cache, FileSystemLimits limits, Clocks clocks, AccessTimes accessTimes) {
        int blockBytes = tree.format().blockBytes();
        this.tree = tree;
        this.limits = limits;
        this.files = new OpenFiles(blockBytes);
        this.writeBuffers = new BufferPool(limits.writeBufferBytes(), blockBytes);
        this.readBuffers = new BufferPool(limits.readAheadBytes(), blockBytes);
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("filesystem-", 0).factory());
        this.aheadThreads = FetchThreads.pool("filesystem-ahead-", ReadAhead.LOADS);
        this.partThreads = FetchThreads.pool("filesystem-part-", limits.fetches());
        this.readAhead = new ReadAhead(cache, readBuffers, aheadThreads, clocks.nanos());
        this.reader = new FileReader(tree, cache, readAhead, partThreads, threads, blockBytes);
        var sender = new SliceSender(
                tree, new SliceBlocks(cache, blockBytes), writeBuffers, threads, pages, limits.uploads());
        this.writer = new FileWriter(tree, sender, writeBuffers, clocks, pages, limits);
        this.accesses = new Accesses(files, writer, threads, clocks.wall(), accessTimes);
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("filesystem-timer").factory());
        this.ticks = timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** What reading ahead was good for so far. */
    public ReadAheadUse readAheadUse() {
        return new ReadAheadUse(readAhead.loadedBytes(), readAhead.usedBytes(), readAhead.wastedBytes());
    }

    @Override
    public Entry lookup(Caller caller, long parent, Name name) throws FileError {
        return withWritten(tree.lookup(parent, name));
    }

    @Override
    public Attr attributes(long inode) throws FileError {
        OpenInode open = files.find(inode);
        return open == null ? tree.attributes(inode) : open.attributes(() -> tree.attributes(inode));
    }

    private Entry withWritten(Entry entry) throws FileError {
        OpenInode open = files.find(entry.inode());
        return open == null ? entry : new Entry(entry.inode(), open.attributes(() -> tree.attributes(entry.inode())));
    }

    @Override
    public Attr change(Caller caller, long inode, AttrChange change) throws FileError {
        OpenInode open = files.enter(inode);
        try {
            return writer.change(caller, open, change);
        } finally {
            files.leave(open);
        }
    }

    @Override
    public Attr truncate(Caller caller, long inode, long length) throws FileError {
        if (length < 0) {
            throw new FileError(FileError.Kind.INVALID, "a length of " + length);
        }
        if (length > MAX_FILE_BYTES) {
            throw new FileError(FileError.Kind.TOO_LARGE, "a file of " + length + " bytes");
        }
        OpenInode open = files.enter(inode);
        try {
            return writer.truncate(caller, open, length);
        } finally {
            files.leave(open);
        }
    }

    @Override
    public Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError {
        return tree.makeNode(caller, parent, name, type, mode, rdev);
    }

    @Override
    public Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        return tree.makeDirectory(caller, parent, name, mode);
    }

    @Override
    public Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        return tree.makeSymlink(caller, parent, name, target);
    }

    @Override
    public byte[] readSymlink(long inode) throws FileError {
        byte[] target = tree.readSymlink(inode);
        accesses.noteRead(inode, this::attributes);
        return target;
    }

    @Override
    public void unlink(Caller caller, long parent, Name name) throws FileError {
        tree.unlink(caller, parent, name);
    }

    @Override
    public void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        tree.removeDirectory(caller, parent, name);
    }

    @Override
    public void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode)
            throws FileError {
        tree.rename(caller, parent, name, newParent, newName, mode);
    }

    @Override
    public Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError {
        return withWritten(tree.link(caller, inode, newParent, newName));
    }

    @Override
    public Opened open(Caller caller, long inode, OpenMode mode) throws FileError {
        return open(caller, inode, mode, () -> tree.open(inode));
    }

    /** @param opening counts a handle in the tree */
    private Opened open(Caller caller, long inode, OpenMode mode, OpenInode.AttrSource opening) throws FileError {
        OpenInode open = files.enter(inode);
        boolean done = false;
        try {
            InTree inTree = openInTree(open, mode, opening);
            try {
                boolean keepPages = pages.hold(open, inTree.attr());
                Attr shown = mode.truncate() && mode.write()
                        ? writer.truncate(caller, open, 0)
                        : inTree.shown() != null ? inTree.shown() : attributes(inode);
                done = true;
                return new Opened(files.open(open, mode), shown, keepPages);
            } finally {
                if (!done) {
                    closeInTree(inode);
                }
            }
        } finally {
            if (!done) {
                files.leave(open);
            }
        }
    }

    /** What the tree said at an open, and that with what is written; null when changes of ours came between. */
    private record InTree(Attr attr, @Nullable Attr shown) {}

    private InTree openInTree(OpenInode open, OpenMode mode, OpenInode.AttrSource opening) throws FileError {
        long before = open.ownChanges();
        Attr attr = opening.ask();
        try {
            if (attr.type() != FileType.FILE) {
                throw new FileError(
                        attr.type() == FileType.DIRECTORY ? FileError.Kind.IS_DIRECTORY : FileError.Kind.INVALID,
                        "inode " + open.number() + " is no file");
            }
            boolean overwrites = mode.write() && (!mode.append() || mode.truncate());
            if ((mode.write() && (attr.flags() & IMMUTABLE) != 0)
                    || (overwrites && (attr.flags() & APPEND_ONLY) != 0)) {
                throw new FileError(FileError.Kind.NOT_PERMITTED, "inode " + open.number() + " may not be changed");
            }
        } catch (FileError e) {
            closeInTree(open.number());
            throw e;
        }
        return new InTree(attr, open.learn(attr, before));
    }

    @Override
    public Created create(Caller caller, long parent, Name name, int mode, OpenMode openMode) throws FileError {
        Entry entry = tree.create(caller, parent, name, mode);
        var withoutTruncate = new OpenMode(openMode.read(), openMode.write(), openMode.append(), false);
        Opened opened = open(caller, entry.inode(), withoutTruncate, entry::attr);
        return new Created(new Entry(entry.inode(), opened.attr()), opened.handle());
    }

    @Override
    public int read(long handle, long offset, MemorySegment into) throws FileError {
        OpenFile file = readable(handle, offset, into);
        int count = reader.read(file, offset, into);
        accesses.noteRead(file.inode());
        return count;
    }

    @Override
    public Bytes readInPlace(long handle, long offset, MemorySegment room) throws FileError {
        OpenFile file = readable(handle, offset, room);
        Bytes bytes = reader.readInPlace(file, offset, room);
        accesses.noteRead(file.inode());
        return bytes;
    }

    private OpenFile readable(long handle, long offset, MemorySegment into) throws FileError {
        OpenFile file = readable(handle);
        if (offset < 0 || into.byteSize() > Integer.MAX_VALUE) {
            throw new FileError(FileError.Kind.INVALID, into.byteSize() + " bytes from " + offset);
        }
        return file;
    }

    private OpenFile readable(long handle) throws FileError {
        OpenFile file = files.file(handle);
        if (!file.mode().read()) {
            throw new FileError(FileError.Kind.BAD_HANDLE, "handle " + handle + " is not open for reading");
        }
        return file;
    }

    @Override
    public int write(long handle, long offset, MemorySegment from) throws FileError {
        OpenFile file = writable(handle);
        if (offset < 0 || from.byteSize() > Integer.MAX_VALUE) {
            throw new FileError(FileError.Kind.INVALID, from.byteSize() + " bytes to " + offset);
        }
        return from.byteSize() == 0 ? 0 : writer.write(file, offset, from);
    }

    @Override
    public void flush(long handle) throws FileError {
        OpenFile file = files.file(handle);
        if (file.mode().write()) {
            writer.flush(file.inode());
            file.reportLoss();
        }
    }

    @Override
    public void sync(long handle) throws FileError {
        OpenFile file = files.file(handle);
        writer.flush(file.inode());
        file.reportLoss();
        tree.sync();
    }

    @Override
    public void release(long handle) {
        OpenFile file = files.close(handle);
        if (file == null) {
            return;
        }
        try {
            if (file.mode().write()) {
                writer.flush(file.inode());
            }
            file.reportLoss();
        } catch (FileError e) {
            LOG.error("closing inode {}", file.inode().number(), e);
        }
        end(file);
    }

    private void end(OpenFile file) {
        readAhead.forget(file);
        files.leave(file.inode());
        closeInTree(file.inode().number());
    }

    private void closeInTree(long inode) {
        try {
            tree.close(inode);
        } catch (FileError e) {
            LOG.warn("inode {} was not closed; the end of the session closes it", inode, e);
        }
    }

    @Override
    public long seek(long handle, long offset, boolean forData) throws FileError {
        OpenInode open = files.file(handle).inode();
        writer.flush(open);
        long length = attributes(open.number()).length();
        if (offset < 0 || offset >= length) {
            throw new FileError(FileError.Kind.NO_SUCH_OFFSET, offset + " is not in a file of " + length + " bytes");
        }
        long found = reader.seek(open, length, offset, forData);
        if (found < 0) {
            throw new FileError(FileError.Kind.NO_SUCH_OFFSET, "no data behind " + offset);
        }
        return found;
    }

    @Override
    public void allocate(long handle, long offset, long length) throws FileError {
        OpenFile file = writable(handle);
        requireRange(offset, length);
        writer.grow(file.inode(), offset + length);
    }

    private static void requireRange(long offset, long length) throws FileError {
        if (offset < 0 || length <= 0) {
            throw new FileError(FileError.Kind.INVALID, length + " bytes at " + offset);
        }
        if (offset > MAX_FILE_BYTES - length) {
            throw new FileError(FileError.Kind.TOO_LARGE, length + " bytes at " + offset);
        }
    }

    @Override
    public void zeroRange(long handle, long offset, long length, boolean keepSize) throws FileError {
        OpenFile file = writable(handle);
        requireRange(offset, length);
        writer.zeroRange(file.inode(), offset, length, keepSize);
    }

    @Override
    public long copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
            throws FileError {
        OpenFile from = readable(source);
        OpenFile to = writable(target);
        if (to.mode().append()) {
            throw new FileError(FileError.Kind.BAD_HANDLE, "handle " + target + " only appends");
        }
        if (sourceOffset < 0) {
            throw new FileError(FileError.Kind.INVALID, "a range from " + sourceOffset);
        }
        if (length == 0) {
            return 0;
        }
        requireRange(targetOffset, length);
        return writer.copyRange(from.inode(), sourceOffset, to.inode(), targetOffset, length);
    }

    private OpenFile writable(long handle) throws FileError {
        OpenFile file = files.file(handle);
        if (!file.mode().write()) {
            throw new FileError(FileError.Kind.BAD_HANDLE, "handle " + handle + " is not open for writing");
        }
        return file;
    }

    @Override
    public long openDirectory(Caller caller, long inode) throws FileError {
        if (tree.attributes(inode).type() != FileType.DIRECTORY) {
            throw new FileError(FileError.Kind.NOT_DIRECTORY, "inode " + inode + " is no directory");
        }
        long handle = lastDirectory.incrementAndGet();
        directories.put(handle, new DirectoryHandle(inode));
        return handle;
    }

    @Override
    public List<Dentry> list(long handle, long cursor, int limit, boolean withAttributes) throws FileError {
        DirectoryHandle directory = directory(handle);
        List<Dentry> entries = directory.list(tree, cursor, limit, withAttributes);
        if (cursor == 0) {
            accesses.noteRead(directory.inode(), this::attributes);
        }
        return withAttributes ? entries.stream().map(this::withWritten).toList() : entries;
    }

    private DirectoryHandle directory(long handle) throws FileError {
        DirectoryHandle directory = directories.get(handle);
        if (directory == null) {
            throw new FileError(FileError.Kind.BAD_HANDLE, "no open directory has handle " + handle);
        }
        return directory;
    }

    private Dentry withWritten(Dentry entry) {
        OpenInode open = files.find(entry.inode());
        Attr attr = entry.attr();
        return open == null || attr == null
                ? entry
                : new Dentry(entry.name(), entry.inode(), entry.type(), open.shown(attr));
    }

    @Override
    public void syncDirectory(long handle) throws FileError {
        directory(handle);
        tree.sync();
    }

    @Override
    public void releaseDirectory(long handle) {
        directories.remove(handle);
    }

    @Override
    public byte[] extendedAttribute(long inode, Name name) throws FileError {
        return tree.extendedAttribute(inode, name);
    }

    @Override
    public List<Name> extendedAttributes(long inode) throws FileError {
        return tree.extendedAttributes(inode);
    }

    @Override
    public void setExtendedAttribute(long inode, Name name, byte[] value, FileTree.AttributeMode mode)
            throws FileError {
        tree.setExtendedAttribute(inode, name, value, mode);
    }

    @Override
    public void removeExtendedAttribute(long inode, Name name) throws FileError {
        tree.removeExtendedAttribute(inode, name);
    }

    @Override
    public @Nullable AclRule acl(long inode, AclKind kind) throws FileError {
        return tree.acl(inode, kind);
    }

    @Override
    public void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        tree.setAcl(caller, inode, kind, rule);
    }

    @Override
    public FileLocks locks() {
        return tree.locks();
    }

    @Override
    public VolumeUsage usage() throws FileError {
        return tree.usage();
    }

    @Override
    public void tellKernel(@Nullable KernelCache newKernel) {
        pages.tell(newKernel);
    }

    private void tick() {
        try {
            writer.tick(files::forgetUnused);
        } catch (RuntimeException e) {
            // Without its timer the file system would go on and record nothing.
            LOG.error("the timer of the file system failed", e);
        }
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        ticks.cancel(false);
        timer.shutdown();
        writer.flushAll();
        for (long handle : files.handles()) {
            OpenFile file = files.close(handle);
            if (file != null) {
                end(file);
            }
        }
        directories.clear();
        awaitThreads();
        tree.close();
        writeBuffers.close();
        readBuffers.close();
    }

    private void awaitThreads() {
        List<ExecutorService> all = List.of(threads, aheadThreads, partThreads);
        all.forEach(ExecutorService::shutdown);
        long deadline = System.nanoTime() + limits.flushDeadline().toNanos();
        try {
            for (ExecutorService some : all) {
                if (!some.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    some.shutdownNow();
                    LOG.error("the file system ends while blocks are on their way");
                }
            }
        } catch (InterruptedException e) {
            all.forEach(ExecutorService::shutdownNow);
            Thread.currentThread().interrupt();
        }
    }
}
