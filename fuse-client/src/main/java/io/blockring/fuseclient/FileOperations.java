package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import java.lang.foreign.MemorySegment;

/** The requests about open files. */
final class FileOperations {
    private static final int O_ACCESS_MODE = 3;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0_200;
    private static final int O_TRUNC = 0_1000;
    private static final int O_APPEND = 0_2000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 16;

    /** Bytes that one copy by reference covers: its records are one transaction. */
    private static final long MAX_COPY_BYTES = 1L << 30;

    /** FOPEN_KEEP_CACHE: the pages the kernel has are still right. */
    static final int KEEP_PAGES = 1 << 1;

    /** FOPEN_NOFLUSH: nothing can have been written or locked, so its close needs no FLUSH. */
    static final int NO_FLUSH = 1 << 5;

    private final FileSystem fileSystem;
    private final InodeReplies inodes;
    private final LockOperations locks;
    private final boolean locksReachUs;

    FileOperations(FileSystem fileSystem, InodeReplies inodes, LockOperations locks, boolean locksReachUs) {
        this.fileSystem = fileSystem;
        this.inodes = inodes;
        this.locks = locks;
        this.locksReachUs = locksReachUs;
    }

    long open(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Open.of(request);
        FileSystem.OpenMode mode = openMode(body.flags());
        FileSystem.Opened opened = fileSystem.open(Callers.of(request), request.node(), mode);
        if (!opened.keepPages()) {
            inodes.correct(request.node(), opened.attr());
        }
        return ReplyBody.writeOpened(reply, opened.handle(), openFlags(mode, opened.keepPages()));
    }

    long create(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Create.of(request);
        int flags = body.flags();
        int fileMode = body.mode() & FileMode.PERMISSIONS;
        Name name = request.strings(RequestBody.Create.LAYOUT.byteSize()).nextName();
        FileSystem.OpenMode mode = openMode(flags);
        FileSystem.Created created;
        try {
            created = fileSystem.create(
                    NameOperations.creator(request, fileMode, body.umask()), request.node(), name, fileMode, mode);
        } catch (FileError e) {
            if (e.kind() == FileError.Kind.EXISTS && (flags & O_EXCL) == 0) {
                // Another client made it a moment ago. ESTALE has the kernel look the name up afresh and then open
                // what it finds, with the checks of an open: to open it here would leave them out.
                return -Errno.ESTALE.code();
            }
            throw e;
        }
        long entryBytes = inodes.entry(reply, created.entry());
        return entryBytes + ReplyBody.writeOpened(reply.asSlice(entryBytes), created.handle(), openFlags(mode, true));
    }

    private static FileSystem.OpenMode openMode(int flags) throws FileError {
        int access = flags & O_ACCESS_MODE;
        if (access == O_ACCESS_MODE) {
            throw new FileError(FileError.Kind.INVALID, "an access mode of 3");
        }
        return new FileSystem.OpenMode(
                access != O_WRONLY,
                access == O_WRONLY || access == O_RDWR,
                (flags & O_APPEND) != 0,
                (flags & O_TRUNC) != 0);
    }

    private int openFlags(FileSystem.OpenMode mode, boolean keepPages) {
        return (keepPages ? KEEP_PAGES : 0) | (mode.write() || locksReachUs ? 0 : NO_FLUSH);
    }

    /** Ends the handle that the reply to OPEN or CREATE gave out, where nobody took the reply. */
    void endUntakenHandle(Opcode opcode, MemorySegment reply) {
        long at = opcode == Opcode.CREATE ? ReplyBody.ENTRY.byteSize() : 0;
        fileSystem.release(ReplyBody.openedHandle(reply.asSlice(at)));
    }

    long read(Request request, RequestBuffer buffer) throws FileError {
        var body = RequestBody.Read.of(request);
        MemorySegment reply = buffer.replyBody();
        long size = Integer.toUnsignedLong(body.size());
        if (size > reply.byteSize()) {
            throw new FileError(FileError.Kind.INVALID, "a read of %d bytes".formatted(size));
        }
        return buffer.lend(fileSystem.readInPlace(body.handle(), notNegative(body.offset()), reply.asSlice(0, size)));
    }

    long write(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Write.of(request);
        MemorySegment data = request.bytes(RequestBody.Write.LAYOUT.byteSize(), Integer.toUnsignedLong(body.size()));
        return ReplyBody.writeWritten(reply, fileSystem.write(body.handle(), notNegative(body.offset()), data));
    }

    private static long notNegative(long offset) throws FileError {
        if (offset < 0) {
            throw new FileError(FileError.Kind.INVALID, "an offset of " + offset);
        }
        return offset;
    }

    long flush(Request request) throws FileError {
        fileSystem.flush(RequestBody.Flush.of(request).handle());
        return 0;
    }

    long sync(Request request) throws FileError {
        fileSystem.sync(RequestBody.Sync.of(request).handle());
        return 0;
    }

    long release(Request request) throws FileError {
        var body = RequestBody.Release.of(request);
        boolean unlocks = (body.flags() & LockOperations.RELEASE_UNLOCKS) != 0;
        // What was written is there for whoever gets the lock next.
        fileSystem.release(body.handle());
        locks.released(request.node(), body.handle(), unlocks, body.lockOwner());
        return 0;
    }

    long allocate(Request request) throws FileError {
        var body = RequestBody.Allocate.of(request);
        long offset = notNegative(body.offset());
        long length = notNegative(body.length());
        switch (body.mode()) {
            case 0 -> fileSystem.allocate(body.handle(), offset, length);
            case ZERO_RANGE -> fileSystem.zeroRange(body.handle(), offset, length, false);
            case PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE | KEEP_SIZE ->
                fileSystem.zeroRange(body.handle(), offset, length, true);
            default -> throw new FileError(FileError.Kind.NOT_SUPPORTED, "fallocate in mode " + body.mode());
        }
        return 0;
    }

    /** A shorter copy than the caller wants is continued by the caller: the answer has 32 bits for its length. */
    long copyRange(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.CopyRange.of(request);
        if (body.flags() != 0) {
            throw new FileError(FileError.Kind.INVALID, "copy_file_range with flags " + body.flags());
        }
        long copied = fileSystem.copyRange(
                body.handle(),
                notNegative(body.offset()),
                body.targetHandle(),
                notNegative(body.targetOffset()),
                Math.min(notNegative(body.length()), MAX_COPY_BYTES));
        return ReplyBody.writeWritten(reply, (int) copied);
    }

    long seek(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Seek.of(request);
        if (body.whence() != SEEK_DATA && body.whence() != SEEK_HOLE) {
            throw new FileError(FileError.Kind.INVALID, "lseek from " + body.whence());
        }
        return ReplyBody.writeSeekOffset(
                reply, fileSystem.seek(body.handle(), notNegative(body.offset()), body.whence() == SEEK_DATA));
    }
}
