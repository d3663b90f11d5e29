package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import java.lang.foreign.MemorySegment;

/**
 * The requests about open directories.
 *
 * <p>A cookie is where a reading goes on: 0 at {@code .}, 1 at {@code ..}, and {@code n + 2} at cursor {@code n} of
 * the file system, which knows neither of the two.
 */
final class DirectoryOperations {
    private static final long BEHIND_DOT = 1;
    private static final long BEHIND_DOT_DOT = 2;
    private static final byte[] DOT = {'.'};
    private static final byte[] DOT_DOT = {'.', '.'};

    private final FileSystem fileSystem;
    private final InodeReplies inodes;

    DirectoryOperations(FileSystem fileSystem, InodeReplies inodes) {
        this.fileSystem = fileSystem;
        this.inodes = inodes;
    }

    long open(Request request, MemorySegment reply) throws FileError {
        return ReplyBody.writeOpened(reply, fileSystem.openDirectory(Callers.of(request), request.node()), 0);
    }

    long read(Request request, MemorySegment reply, boolean withAttributes) throws FileError {
        var body = RequestBody.Read.of(request);
        long handle = body.handle();
        long cookie = body.offset();
        long roomBytes = Math.min(Integer.toUnsignedLong(body.size()), reply.byteSize());
        if (cookie < 0) {
            throw new FileError(FileError.Kind.INVALID, "a cookie of " + cookie);
        }
        var page = new DirectoryPage(reply.asSlice(0, roomBytes), withAttributes, inodes);
        boolean atEnd = fill(page, request.node(), handle, cookie, withAttributes);
        if (!atEnd && page.usedBytes() == 0) {
            throw new FileError(FileError.Kind.INVALID, "no entry fits in %d bytes".formatted(roomBytes));
        }
        return page.usedBytes();
    }

    /** Adds what is behind {@code cookie}; whether there was nothing. */
    private boolean fill(DirectoryPage page, long directory, long handle, long cookie, boolean withAttributes)
            throws FileError {
        long next = cookie;
        if (next < BEHIND_DOT) {
            if (!page.add(DOT, directory, FileType.DIRECTORY, null, BEHIND_DOT)) {
                return false;
            }
            next = BEHIND_DOT;
        }
        if (next < BEHIND_DOT_DOT) {
            if (!page.add(DOT_DOT, parentOf(directory), FileType.DIRECTORY, null, BEHIND_DOT_DOT)) {
                return false;
            }
            next = BEHIND_DOT_DOT;
        }
        boolean atEnd = true;
        for (Dentry dentry : fileSystem.list(handle, next - BEHIND_DOT_DOT, page.roomForEntries(), withAttributes)) {
            next++;
            atEnd = false;
            if (!page.add(dentry.name().toBytes(), dentry.inode(), dentry.type(), dentry.attr(), next)) {
                break;
            }
        }
        return atEnd;
    }

    private long parentOf(long directory) throws FileError {
        long parent = fileSystem.attributes(directory).parent();
        return parent != 0 ? parent : directory;
    }

    long sync(Request request) throws FileError {
        fileSystem.syncDirectory(RequestBody.Sync.of(request).handle());
        return 0;
    }

    long release(Request request) throws FileError {
        fileSystem.releaseDirectory(RequestBody.Release.of(request).handle());
        return 0;
    }

    /** Ends the handle that the reply to OPENDIR gave out, where nobody took the reply. */
    void endUntakenHandle(MemorySegment reply) {
        fileSystem.releaseDirectory(ReplyBody.openedHandle(reply));
    }
}
