package io.blockring.fuseclient;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which request each reader is working on, and the thread that cuts short those whose callers die.
 *
 * <p>The kernel sends an INTERRUPT for any signal that a waiting caller gets. A handled signal must not break off a
 * read or a close: programs do not expect that of a file, and a page fault that fails kills them. A fatal one must,
 * or a process that waits for a slow store could not be killed. So an INTERRUPT starts a watch, and the thread that
 * runs the request is interrupted once its caller is dying.
 */
final class RunningRequests implements AutoCloseable {
    /** How long a dying caller may wait until it is seen. */
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(100);

    /** INTERRUPTs that may be a moment earlier than the thread that has just read their request. */
    private static final int EARLY_LIMIT = 64;

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(1);

    private final List<Slot> slots = new CopyOnWriteArrayList<>();
    private final AtomicLongArray early = new AtomicLongArray(EARLY_LIMIT);
    private final IntPredicate isDying;
    private final Object watchLock = new Object();
    private final Thread watch;
    private int nextEarly;
    private boolean watchWanted;
    private volatile boolean anyEarly;

    /** @param isDying whether the thread with a number is being killed */
    RunningRequests(IntPredicate isDying) {
        this.isDying = isDying;
        this.watch = Thread.ofPlatform().daemon().name("fuse-interrupts").unstarted(this::watch);
    }

    void start() {
        watch.start();
    }

    /** The place of the calling thread; it is given back with {@link #leave}. */
    Slot join() {
        var slot = new Slot(Thread.currentThread());
        slots.add(slot);
        return slot;
    }

    void leave(Slot slot) {
        slots.remove(slot);
    }

    /** Acts on the kernel's INTERRUPT of request {@code unique}. */
    void interrupt(long unique) {
        if (markSignalled(unique)) {
            return;
        }
        synchronized (watchLock) {
            early.set(nextEarly, unique);
            nextEarly = (nextEarly + 1) % EARLY_LIMIT;
            anyEarly = true;
        }
        // The request may have begun between the first look and the note.
        markSignalled(unique);
    }

    private boolean markSignalled(long unique) {
        for (Slot slot : slots) {
            if (slot.signal(unique)) {
                wakeWatch();
                return true;
            }
        }
        return false;
    }

    /** Whether an INTERRUPT came for a request that nobody was working on. */
    boolean wasEarly(long unique) {
        for (int i = 0; i < EARLY_LIMIT; i++) {
            if (early.get(i) == unique) {
                return true;
            }
        }
        return false;
    }

    private void wakeWatch() {
        synchronized (watchLock) {
            watchWanted = true;
            watchLock.notifyAll();
        }
    }

    private void watch() {
        try {
            while (true) {
                synchronized (watchLock) {
                    while (!watchWanted) {
                        watchLock.wait();
                    }
                    watchWanted = false;
                }
                while (interruptDying()) {
                    Thread.sleep(WATCH_INTERVAL);
                }
            }
        } catch (InterruptedException _) {
            // That is how close() ends it.
        }
    }

    /** Whether any is left to be watched. */
    private boolean interruptDying() {
        boolean anyLeft = false;
        for (Slot slot : slots) {
            Slot.Signalled signalled = slot.signalled();
            if (signalled != null) {
                if (isDying.test(signalled.pid())) {
                    slot.interrupt(signalled.unique());
                } else {
                    anyLeft = true;
                }
            }
        }
        return anyLeft;
    }

    @Override
    public void close() {
        watch.interrupt();
        try {
            if (watch.isAlive()) {
                watch.join(CLOSE_DEADLINE);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** What one reader is working on. */
    final class Slot {
        private static final long NONE = 0;

        private final Thread thread;
        private long unique = NONE;
        private int pid;
        private boolean signalled;

        private Slot(Thread thread) {
            this.thread = thread;
        }

        /** A request whose caller has got a signal. */
        record Signalled(long unique, int pid) {}

        /** Until {@link #end} the thread may be interrupted on behalf of {@code request}. */
        void begin(Request request) {
            synchronized (this) {
                unique = request.unique();
                pid = request.pid();
                signalled = false;
            }
            if (anyEarly && wasEarly(request.unique())) {
                markSignalled(request.unique());
            }
        }

        /** From here on no interrupt comes, and none is left. */
        void end() {
            synchronized (this) {
                unique = NONE;
            }
            Thread.interrupted();
        }

        private synchronized boolean signal(long interrupted) {
            if (unique == NONE || unique != interrupted) {
                return false;
            }
            signalled = true;
            return true;
        }

        private synchronized @Nullable Signalled signalled() {
            return unique != NONE && signalled ? new Signalled(unique, pid) : null;
        }

        private synchronized void interrupt(long dying) {
            if (unique == dying) {
                signalled = false;
                thread.interrupt();
            }
        }
    }
}
