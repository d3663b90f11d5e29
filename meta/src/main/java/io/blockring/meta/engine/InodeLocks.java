package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks of this process over inodes, so that its own threads wait for one another instead of conflicting in the
 * engine. Inodes share a fixed number of locks, which are always taken in one order.
 */
public final class InodeLocks {
    private static final int STRIPES = 1024;

    private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

    public InodeLocks() {
        Arrays.setAll(stripes, _ -> new ReentrantLock());
    }

    /** Inodes locked by the current thread until it closes this. */
    public final class Held implements AutoCloseable {
        private final long[] inodes;
        private final int[] held;

        private Held(long[] inodes, int[] held) {
            this.inodes = inodes;
            this.held = held;
        }

        /** The attributes of all that is locked. */
        public List<Point> attributes() {
            return Arrays.stream(inodes)
                    .<Point>mapToObj(Point.Attributes::new)
                    .distinct()
                    .toList();
        }

        /** Says that {@code inode} must be locked too; where it is not, the transaction starts again with it locked. */
        public void need(long inode) {
            if (Arrays.binarySearch(held, stripeOf(inode)) < 0) {
                long[] more = Arrays.copyOf(inodes, inodes.length + 1);
                more[inodes.length] = inode;
                throw new MoreLocks(more);
            }
        }

        @Override
        public void close() {
            for (int stripe : held) {
                stripes[stripe].unlock();
            }
        }
    }

    /** Ends an attempt whose inodes were not all known before. */
    static final class MoreLocks extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient long[] inodes;

        private MoreLocks(long[] inodes) {
            super(null, null, false, false);
            this.inodes = inodes;
        }

        long[] inodes() {
            return inodes;
        }
    }

    /** Locks all of {@code inodes}; fails with IO when another thread holds one until {@code deadlineNanos}. */
    public Held hold(long deadlineNanos, long... inodes) throws FileError {
        int[] wanted = Arrays.stream(inodes)
                .mapToInt(InodeLocks::stripeOf)
                .sorted()
                .distinct()
                .toArray();
        int taken = 0;
        try {
            while (taken < wanted.length
                    && stripes[wanted[taken]].tryLock(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                taken++;
            }
            if (taken == wanted.length) {
                return new Held(inodes, wanted);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            release(wanted, taken);
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted while waiting for another operation");
        }
        release(wanted, taken);
        throw new FileError(FileError.Kind.IO, "another operation on the same inode did not end in time");
    }

    private void release(int[] wanted, int taken) {
        for (int i = 0; i < taken; i++) {
            stripes[wanted[i]].unlock();
        }
    }

    private static int stripeOf(long inode) {
        return (int) Math.floorMod(inode, (long) STRIPES);
    }
}
