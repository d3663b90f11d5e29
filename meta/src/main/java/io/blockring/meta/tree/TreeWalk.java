package io.blockring.meta.tree;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A walk over trees by several threads, page by page and deepest first: what waits is no more than a page for each level
 * and thread, however large the tree. The first failure ends it.
 *
 * @param <F> what the visitor knows of a folder
 */
final class TreeWalk<F> {
    /** Threads of a walk whose caller does not say how many. */
    static final int THREADS = 10;

    static final int MAX_THREADS = 64;

    /** Entries that one step takes into memory. */
    static final int PAGE = 1000;

    /** How long a thread without work waits before it looks whether the walk was stopped. */
    private static final long LOOK_MILLIS = 100;

    /** What is done on the way; by many threads, but for one folder by one at a time. */
    interface Visitor<F> {
        /** Looks at some entries of a folder; returns the folders to go into. */
        List<Folder<F>> entries(Folder<F> folder, List<Dentry> entries) throws FileError;

        /** Whether the entries of a folder need not be looked at. */
        default boolean skips(Folder<F> folder) throws FileError {
            return false;
        }

        /** Everything below the folder was seen; false to look through it once more. */
        default boolean left(Folder<F> folder) throws FileError {
            return true;
        }
    }

    /** A directory on the way. */
    static final class Folder<F> {
        final long inode;
        final @Nullable Folder<F> above;
        final F knows;
        private @Nullable Name after;
        private boolean listed;
        private int open;

        Folder(long inode, @Nullable Folder<F> above, F knows) {
            this.inode = inode;
            this.above = above;
            this.knows = knows;
        }
    }

    private final MetaReads reads;
    private final Visitor<F> visitor;
    private final JobWatch watch;
    private final int pageEntries;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Folder<F>> waiting = new ArrayDeque<>();
    private int busy;
    private @Nullable Throwable failure;

    TreeWalk(MetaReads reads, Visitor<F> visitor, JobWatch watch) {
        this(reads, visitor, watch, PAGE);
    }

    TreeWalk(MetaReads reads, Visitor<F> visitor, JobWatch watch, int pageEntries) {
        this.reads = reads;
        this.visitor = visitor;
        this.watch = watch;
        this.pageEntries = pageEntries;
    }

    /** Walks all below {@code top}; fails as the first visit does that failed, or with INTERRUPTED when stopped. */
    void run(Folder<F> top, int threads) throws FileError {
        waiting.push(top);
        int more = Math.clamp(threads, 1, MAX_THREADS) - 1;
        var helpers = new ArrayList<Thread>(more);
        for (int i = 0; i < more; i++) {
            helpers.add(Thread.ofVirtual().name("tree-walk-", i).start(this::work));
        }
        work();
        for (Thread helper : helpers) {
            try {
                helper.join();
            } catch (InterruptedException _) {
                fail(new FileError(FileError.Kind.INTERRUPTED, "interrupted during a walk"));
                Thread.currentThread().interrupt();
                break;
            }
        }
        rethrow();
    }

    private void rethrow() throws FileError {
        lock.lock();
        try {
            switch (failure) {
                case null -> {}
                case FileError e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException("a walk broke off", failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (Folder<F> folder = take(); folder != null; folder = take()) {
            try {
                watch.requireGoingOn();
                step(folder);
            } catch (FileError | RuntimeException | Error e) {
                fail(e);
            } finally {
                rest();
            }
        }
    }

    /** The next folder; null when all is done, or nothing more is to be. */
    private @Nullable Folder<F> take() {
        lock.lock();
        try {
            while (failure == null && waiting.isEmpty() && busy > 0) {
                var _ = changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            if (failure != null || waiting.isEmpty()) {
                return null;
            }
            busy++;
            return waiting.pop();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            failure = new FileError(FileError.Kind.INTERRUPTED, "interrupted during a walk");
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void step(Folder<F> folder) throws FileError {
        if (!folder.listed && !(folder.after == null && visitor.skips(folder))) {
            List<Dentry> entries = reads.children(folder.inode, folder.after, pageEntries);
            List<Folder<F>> below = visitor.entries(folder, entries);
            folder.after = entries.isEmpty() ? folder.after : entries.getLast().name();
            if (entries.size() == pageEntries) {
                again(folder, below);
                return;
            }
            folder.listed = true;
            if (!below.isEmpty()) {
                wait(folder, below);
                return;
            }
        }
        leave(folder);
    }

    /** More pages follow when what is below this one is done: so one thread at a time has a folder. */
    private void again(Folder<F> folder, List<Folder<F>> below) {
        if (below.isEmpty()) {
            offer(List.of(folder));
        } else {
            wait(folder, below);
        }
    }

    private void wait(Folder<F> folder, List<Folder<F>> below) {
        lock.lock();
        try {
            folder.open = below.size();
        } finally {
            lock.unlock();
        }
        offer(below);
    }

    private void offer(List<Folder<F>> folders) {
        lock.lock();
        try {
            folders.forEach(waiting::push);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void leave(Folder<F> folder) throws FileError {
        if (!visitor.left(folder)) {
            folder.after = null;
            folder.listed = false;
            offer(List.of(folder));
            return;
        }
        Folder<F> above = folder.above;
        if (above != null) {
            lock.lock();
            try {
                if (--above.open == 0) {
                    waiting.push(above);
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void rest() {
        lock.lock();
        try {
            busy--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable e) {
        lock.lock();
        try {
            if (failure == null) {
                failure = e;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
