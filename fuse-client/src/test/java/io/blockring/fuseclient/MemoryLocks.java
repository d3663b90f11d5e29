package io.blockring.fuseclient;

import io.blockring.meta.FileLocks;
import io.blockring.meta.RangeLock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The locks of one session, in a list for each inode; for what the tests lock, ranges are given back whole. */
final class MemoryLocks implements FileLocks {
    private record Held(long owner, RangeLock lock) {}

    private final Map<Long, List<Held>> wholes = new HashMap<>();
    private final Map<Long, List<Held>> ranges = new HashMap<>();

    private static @Nullable RangeLock inTheWay(List<Held> held, long owner, RangeLock wanted) {
        return held.stream()
                .filter(one -> one.owner() != owner && one.lock().conflictsWith(wanted))
                .map(Held::lock)
                .findFirst()
                .orElse(null);
    }

    private static List<Held> of(Map<Long, List<Held>> locks, long inode) {
        return locks.computeIfAbsent(inode, _ -> new ArrayList<>());
    }

    @Override
    public synchronized boolean lock(long inode, long owner, boolean exclusive, boolean willAskAgain) {
        List<Held> held = of(wholes, inode);
        RangeLock wanted = RangeLock.whole(exclusive);
        boolean free = inTheWay(held, owner, wanted) == null;
        if (free || willAskAgain) {
            unlock(inode, owner);
        }
        if (free) {
            held.add(new Held(owner, wanted));
        }
        return free;
    }

    @Override
    public synchronized void unlock(long inode, long owner) {
        of(wholes, inode).removeIf(held -> held.owner() == owner);
    }

    @Override
    public synchronized boolean lockRange(long inode, long owner, RangeLock lock) {
        if (inTheWay(inode, owner, lock) != null) {
            return false;
        }
        unlockRange(inode, owner, lock.start(), lock.end());
        of(ranges, inode).add(new Held(owner, lock));
        return true;
    }

    @Override
    public synchronized void unlockRange(long inode, long owner, long start, long end) {
        of(ranges, inode)
                .removeIf(held -> held.owner() == owner
                        && held.lock().start() <= end
                        && held.lock().end() >= start);
    }

    @Override
    public synchronized boolean mayHaveRanges(long inode, long owner) {
        return of(ranges, inode).stream().anyMatch(held -> held.owner() == owner);
    }

    @Override
    public synchronized @Nullable RangeLock inTheWay(long inode, long owner, RangeLock wanted) {
        return inTheWay(of(ranges, inode), owner, wanted);
    }
}
