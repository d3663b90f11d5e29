package io.blockring.filesystem;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.Attr;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileError;
import io.blockring.meta.Timestamp;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of a file that is open or being changed: its attributes, what shows of its chunks, and
 * what was written and is not yet in the tree.
 *
 * <p>All of it is guarded by one lock, which nobody holds while waiting for anything but memory copies. That a
 * slice leaves the queue and that what was known of its chunk is forgotten happen under it at once, so a reader that
 * looks at the queue first and at the tree afterwards misses nothing.
 */
final class OpenInode {
    /** Of so many chunks, the views are kept. */
    private static final int MAX_VIEWS = 128;

    /** How often attributes are asked for again when our own changes overtake the answer. */
    private static final int ASK_TRIES = 3;

    private final long number;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition queueMoved = lock.newCondition();
    private final WriteQueue queue;
    private final Map<Integer, ChunkView> views = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, ChunkView> eldest) {
            return size() > MAX_VIEWS;
        }
    };
    private final Semaphore turn = new Semaphore(1, true);

    private @Nullable Attr known;

    /** When it was read, until the tree knows; shown as its time of access. */
    private @Nullable Timestamp access;

    /** Before this time no access is recorded, for the last one could not be. */
    private @Nullable Timestamp noAccessBefore;

    private long ownChanges;
    private long viewsForgotten;
    private int readsUnderWay;

    /** How many use it now; guarded by {@link OpenFiles}. */
    private int users;

    OpenInode(long number, int blockBytes) {
        this.number = number;
        this.queue = new WriteQueue(blockBytes);
    }

    long number() {
        return number;
    }

    ReentrantLock lock() {
        return lock;
    }

    /** Signalled, under the lock, whenever a slice leaves the queue. */
    Condition queueMoved() {
        return queueMoved;
    }

    /** What was written; used under the lock. */
    WriteQueue queue() {
        return queue;
    }

    /**
     * The turn to change the file: a write as a whole, a truncate, a change of times. It is held while waiting for
     * memory or for older data to become durable. Readers and flushes do not take it.
     */
    Semaphore turn() {
        return turn;
    }

    int users() {
        return users;
    }

    void use(int more) {
        users += more;
    }

    /** Where attributes come from. */
    @FunctionalInterface
    interface AttrSource {
        Attr ask() throws FileError;
    }

    /** The attributes as the tree has them now, with what is written on top. */
    Attr attributes(AttrSource tree) throws FileError {
        for (int i = 0; i < ASK_TRIES; i++) {
            long before = ownChanges();
            Attr attr = tree.ask();
            Attr merged = learn(attr, before);
            if (merged != null) {
                return merged;
            }
        }
        lock.lock();
        try {
            if (known == null) {
                throw new FileError(FileError.Kind.IO, "inode " + number + " changes faster than it can be read");
            }
            return withWritten(known);
        } finally {
            lock.unlock();
        }
    }

    /** Counts our own changes of the tree's attributes: an answer that was asked for before one of them is old. */
    long ownChanges() {
        lock.lock();
        try {
            return ownChanges;
        } finally {
            lock.unlock();
        }
    }

    /** Attributes as the tree had them a moment ago, with what was written since. */
    Attr shown(Attr attr) {
        lock.lock();
        try {
            return withWritten(known != null && known.ctime().compareTo(attr.ctime()) > 0 ? known : attr);
        } finally {
            lock.unlock();
        }
    }

    /** Takes note of attributes that the tree gave after {@code ownChangesBefore}; null when they are old. */
    @Nullable
    Attr learn(Attr attr, long ownChangesBefore) {
        lock.lock();
        try {
            if (ownChanges != ownChangesBefore) {
                return null;
            }
            if (known != null && !KernelPages.Version.of(known).equals(KernelPages.Version.of(attr))) {
                forgetViews();
            }
            known = attr;
            return withWritten(attr);
        } finally {
            lock.unlock();
        }
    }

    /** Takes note of a change of ours that left these attributes in the tree. */
    Attr changed(Attr attr) {
        lock.lock();
        try {
            ownChanges++;
            known = attr;
            forgetViews();
            return withWritten(attr);
        } finally {
            lock.unlock();
        }
    }

    /** Takes note, under the lock, that the tree has the slice; the attributes are null when it did not say which. */
    void committed(DirtySlice slice, @Nullable Attr attr) {
        ownChanges++;
        if (attr != null) {
            known = attr;
        } else if (known != null) {
            known = withWrite(known, slice.mtime(), Math.max(known.length(), slice.end()));
        }
        views.remove(slice.chunk());
        viewsForgotten++;
    }

    /** The length of the file with what is written; used under the lock. */
    long length() {
        return Math.max(known == null ? 0 : known.length(), queue.end());
    }

    /** What was last known of it in the tree; used under the lock. */
    @Nullable
    Attr known() {
        return known;
    }

    @Nullable
    ChunkView view(int chunk) {
        lock.lock();
        try {
            return views.get(chunk);
        } finally {
            lock.unlock();
        }
    }

    long viewsForgotten() {
        lock.lock();
        try {
            return viewsForgotten;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a view that was read from the tree, unless something was forgotten in the meantime. */
    void keepView(int chunk, ChunkView view, long viewsForgottenBefore) {
        lock.lock();
        try {
            if (viewsForgotten == viewsForgottenBefore) {
                views.put(chunk, view);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what shows of the chunks: somebody else may have changed it. */
    void forgetViews() {
        lock.lock();
        try {
            views.clear();
            viewsForgotten++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes note of a read at {@code now}, where {@code times} wants it recorded and none waits to be. Whoever gets true
     * records it and calls {@link #endAccess}.
     *
     * @param attr what is known of it, if not by this
     */
    boolean beginAccess(@Nullable Attr attr, Timestamp now, AccessTimes times) {
        lock.lock();
        try {
            Attr current = known != null ? known : attr;
            boolean tooEarly = noAccessBefore != null && now.compareTo(noAccessBefore) < 0;
            if (current == null || access != null || tooEarly || !times.isDue(current, now)) {
                return false;
            }
            access = now;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The read that waits to be recorded; null when somebody has set the time since. */
    @Nullable
    Timestamp access() {
        lock.lock();
        try {
            return access;
        } finally {
            lock.unlock();
        }
    }

    /** Somebody sets the time of access: no read before counts. */
    void forgetAccess() {
        lock.lock();
        try {
            access = null;
        } finally {
            lock.unlock();
        }
    }

    /** The tree has the time of access. */
    void endAccess(Attr attr) {
        lock.lock();
        try {
            access = null;
            if (known != null) {
                known = withAccess(known, attr.atime());
            }
        } finally {
            lock.unlock();
        }
    }

    /** The tree did not take the time of access; it is not troubled with another before {@code later}. */
    void failAccess(Timestamp later) {
        lock.lock();
        try {
            access = null;
            noAccessBefore = later;
        } finally {
            lock.unlock();
        }
    }

    void beginRead() {
        lock.lock();
        try {
            readsUnderWay++;
        } finally {
            lock.unlock();
        }
    }

    void endRead() {
        lock.lock();
        try {
            readsUnderWay--;
        } finally {
            lock.unlock();
        }
    }

    /** Whether neither a read nor unrecorded data may make the kernel's pages differ from the tree's version. */
    boolean isQuiet() {
        lock.lock();
        try {
            return readsUnderWay == 0 && queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that was written is recorded, or lost. */
    boolean isWritten() {
        lock.lock();
        try {
            return queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private Attr withWritten(Attr attr) {
        Timestamp written = queue.mtime();
        Attr shown = written == null ? attr : withWrite(attr, written, Math.max(attr.length(), queue.end()));
        return access == null ? shown : withAccess(shown, access);
    }

    private static Attr withAccess(Attr attr, Timestamp atime) {
        return new Attr(
                attr.flags(),
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                atime,
                attr.mtime(),
                attr.ctime(),
                attr.nlink(),
                attr.length(),
                attr.rdev(),
                attr.parent(),
                attr.accessAcl(),
                attr.defaultAcl(),
                attr.tier());
    }

    private static Attr withWrite(Attr attr, Timestamp written, long length) {
        return new Attr(
                attr.flags(),
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                attr.atime(),
                written,
                later(attr.ctime(), written),
                attr.nlink(),
                length,
                attr.rdev(),
                attr.parent(),
                attr.accessAcl(),
                attr.defaultAcl(),
                attr.tier());
    }

    private static Timestamp later(Timestamp one, Timestamp other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
