package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.FileError;
import java.lang.foreign.MemorySegment;

/**
 * Turns a request into a call of the file system.
 *
 * <p>An operation writes the body of its reply, or lends it, and answers how many bytes that is, or a negative {@link Errno} for
 * what no {@link FileError} can say.
 */
final class Operations {
    /** Said instead of an answer where another thread gives it. */
    static final long ANSWERED_LATER = Long.MIN_VALUE;

    private final NameOperations names;
    private final AttributeOperations attributes;
    private final FileOperations files;
    private final DirectoryOperations directories;
    private final LockOperations locks;

    /** @param locksReachUs whether a close may have to end locks, whatever the file was opened for */
    Operations(FileSystem fileSystem, InodeReplies inodes, LockWaits lockWaits, boolean locksReachUs) {
        this.names = new NameOperations(fileSystem, inodes);
        this.attributes = new AttributeOperations(fileSystem, inodes);
        this.locks = new LockOperations(fileSystem.locks(), lockWaits);
        this.files = new FileOperations(fileSystem, inodes, locks, locksReachUs);
        this.directories = new DirectoryOperations(fileSystem, inodes);
    }

    /** @param device where the request came from */
    long run(Opcode opcode, Request request, RequestBuffer buffer, FuseDevice device) throws FileError {
        MemorySegment reply = buffer.replyBody();
        return switch (opcode) {
            case LOOKUP -> names.lookup(request, reply);
            case MKNOD -> names.makeNode(request, reply);
            case MKDIR -> names.makeDirectory(request, reply);
            case SYMLINK -> names.makeSymlink(request, reply);
            case UNLINK -> names.unlink(request);
            case RMDIR -> names.removeDirectory(request);
            case RENAME -> names.rename(request);
            case RENAME2 -> names.renameByMode(request);
            case LINK -> names.link(request, reply);

            case GETATTR -> attributes.attributes(request, reply);
            case SETATTR -> attributes.change(request, reply);
            case READLINK -> attributes.symlinkTarget(request, reply);
            case STATFS -> attributes.usage(reply);
            case GETXATTR -> attributes.extendedAttribute(request, reply);
            case LISTXATTR -> attributes.extendedAttributes(request, reply);
            case SETXATTR -> attributes.setExtendedAttribute(request);
            case REMOVEXATTR -> attributes.removeExtendedAttribute(request);

            case CREATE -> files.create(request, reply);
            case OPEN -> files.open(request, reply);
            case READ -> files.read(request, buffer);
            case WRITE -> files.write(request, reply);
            case FLUSH -> files.flush(request);
            case FSYNC -> files.sync(request);
            case RELEASE -> files.release(request);
            case LSEEK -> files.seek(request, reply);
            case FALLOCATE -> files.allocate(request);
            case COPY_FILE_RANGE -> files.copyRange(request, reply);

            case GETLK -> locks.find(request, reply);
            case SETLK -> locks.set(request, device, false);
            case SETLKW -> locks.set(request, device, true);

            case OPENDIR -> directories.open(request, reply);
            case READDIR -> directories.read(request, reply, false);
            case READDIRPLUS -> directories.read(request, reply, true);
            case RELEASEDIR -> directories.release(request);
            case FSYNCDIR -> directories.sync(request);

            // An inode number is its node id for good: there is nothing to forget.
            case FORGET, BATCH_FORGET -> 0;
            case DESTROY -> 0;
            // The kernel checks the mode bits itself (default_permissions) and does not ask again.
            case ACCESS -> -Errno.ENOSYS.code();
            case INIT -> -Errno.EPROTO.code();
            case INTERRUPT, NOTIFY_REPLY -> -Errno.EINVAL.code();
        };
    }

    /** What belongs to a request but must not be cut short when its caller is killed: that is when it matters most. */
    void finish(Opcode opcode, Request request) throws FileError {
        if (opcode == Opcode.FLUSH) {
            locks.closed(request);
        }
    }

    /** Takes back what an answer gave out that the kernel did not take, its caller being gone. */
    void replyNotTaken(Opcode opcode, MemorySegment reply) {
        switch (opcode) {
            case OPEN, CREATE -> files.endUntakenHandle(opcode, reply);
            case OPENDIR -> directories.endUntakenHandle(reply);
            default -> {
                // Nothing is held for any other.
            }
        }
    }
}
