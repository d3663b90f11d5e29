package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.RangeLock;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests for locks: BSD locks, which the kernel marks, and POSIX locks. */
final class LockOperations {
    /** FUSE_LK_FLOCK. */
    static final int WHOLE_FILE = 1;

    /** FUSE_RELEASE_FLOCK_UNLOCK. */
    static final int RELEASE_UNLOCKS = 1 << 1;

    static final int SHARED = 0;
    static final int EXCLUSIVE = 1;
    static final int UNLOCK = 2;

    private static final Logger log = LoggerFactory.getLogger(LockOperations.class);

    private final FileLocks locks;
    private final LockWaits waits;
    private final LockHandles handles = new LockHandles();

    LockOperations(FileLocks locks, LockWaits waits) {
        this.locks = locks;
        this.waits = waits;
    }

    /** Says which POSIX lock is in the way, or that none is. */
    long find(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.Lock.of(request);
        long start = body.start();
        long end = body.end();
        RangeLock found = locks.inTheWay(request.node(), body.owner(), range(body));
        return found == null
                ? ReplyBody.writeLock(reply, start, end, UNLOCK, 0)
                : ReplyBody.writeLock(
                        reply, found.start(), found.end(), found.exclusive() ? EXCLUSIVE : SHARED, found.pid());
    }

    /** Sets or clears a lock; who wants to wait and has to is answered later. */
    long set(Request request, FuseDevice device, boolean waiting) throws FileError {
        var body = RequestBody.Lock.of(request);
        boolean wholeFile = (body.flags() & WHOLE_FILE) != 0;
        if (body.type() == UNLOCK) {
            unlock(request.node(), body, wholeFile);
            return 0;
        }
        RangeLock wanted = range(body);
        LockWaits.Attempt attempt = wholeFile
                ? attempt(request.node(), body.owner(), wanted, waiting)
                : rangeAttempt(request.node(), body.owner(), body.handle(), wanted);
        if (attempt.take()) {
            return 0;
        }
        if (!waiting) {
            return -Errno.EAGAIN.code();
        }
        // Who waits to share a lock no longer has just given up its share.
        waits.unlocked(request.node());
        long refused = waits.add(device, request, attempt);
        return refused != 0 ? refused : Operations.ANSWERED_LATER;
    }

    private LockWaits.Attempt attempt(long inode, long owner, RangeLock wanted, boolean waiting) {
        return () -> taken(inode, wanted, locks.lock(inode, owner, wanted.exclusive(), waiting));
    }

    private LockWaits.Attempt rangeAttempt(long inode, long owner, long handle, RangeLock wanted) {
        return () -> {
            // Before it, so that a release finds it whatever comes between.
            handles.locked(new LockHandles.Holder(inode, owner), handle);
            return taken(inode, wanted, locks.lockRange(inode, owner, wanted));
        };
    }

    /** A lock that is shared now may have been one that was not. */
    private boolean taken(long inode, RangeLock lock, boolean taken) {
        if (taken && !lock.exclusive()) {
            waits.unlocked(inode);
        }
        return taken;
    }

    private static RangeLock range(RequestBody.Lock body) throws FileError {
        boolean known = body.type() == SHARED || body.type() == EXCLUSIVE;
        if (!known || body.start() < 0 || body.end() < body.start()) {
            throw new FileError(
                    FileError.Kind.INVALID,
                    "a lock of type %d from %d to %d".formatted(body.type(), body.start(), body.end()));
        }
        return new RangeLock(body.type() == EXCLUSIVE, body.pid(), body.start(), body.end());
    }

    private void unlock(long inode, RequestBody.Lock body, boolean wholeFile) throws FileError {
        try {
            if (wholeFile) {
                locks.unlock(inode, body.owner());
            } else {
                if (body.start() < 0 || body.end() < body.start()) {
                    throw new FileError(FileError.Kind.INVALID, "no bytes to unlock");
                }
                locks.unlockRange(inode, body.owner(), body.start(), body.end());
            }
        } finally {
            waits.unlocked(inode);
        }
    }

    /** A handle was closed: the POSIX locks of who closed it end, whichever handle they were taken through. */
    void closed(Request request) throws FileError {
        var holder = new LockHandles.Holder(
                request.node(), RequestBody.Flush.of(request).lockOwner());
        handles.forget(holder);
        unlockAll(holder);
    }

    private void unlockAll(LockHandles.Holder holder) {
        if (!locks.mayHaveRanges(holder.inode(), holder.owner())) {
            return;
        }
        try {
            locks.unlockRange(holder.inode(), holder.owner(), 0, RangeLock.LAST);
        } catch (FileError e) {
            log.warn("a lock on inode {} is given back later", holder.inode(), e);
        }
        waits.unlocked(holder.inode());
    }

    /** The last of all that shared a handle has closed it. */
    void released(long inode, long handle, boolean unlocks, long owner) {
        handles.release(handle).forEach(this::unlockAll);
        if (unlocks) {
            try {
                locks.unlock(inode, owner);
            } catch (FileError e) {
                log.warn("the lock on inode {} is given back later", inode, e);
            }
            waits.unlocked(inode);
        }
    }
}
