package io.blockring.meta.tree;

import io.blockring.meta.RangeLock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The locks of one owner on one file: ranges in order that do not overlap, and are joined where they are alike. */
final class Ranges {
    private Ranges() {}

    /** {@code own} with {@code lock} in the place of what it covers. */
    static List<RangeLock> with(List<RangeLock> own, RangeLock lock) {
        var left = new ArrayList<RangeLock>(without(own, lock.start(), lock.end()));
        left.add(lock);
        left.sort(Comparator.comparingLong(RangeLock::start));
        return joined(left);
    }

    /** {@code own} without the bytes from {@code start} to {@code end}. */
    static List<RangeLock> without(List<RangeLock> own, long start, long end) {
        var left = new ArrayList<RangeLock>(own.size() + 1);
        for (RangeLock lock : own) {
            if (lock.end() < start || lock.start() > end) {
                left.add(lock);
                continue;
            }
            if (lock.start() < start) {
                left.add(lock.between(lock.start(), start - 1));
            }
            if (lock.end() > end) {
                left.add(lock.between(end + 1, lock.end()));
            }
        }
        return left;
    }

    private static List<RangeLock> joined(List<RangeLock> inOrder) {
        var joined = new ArrayList<RangeLock>(inOrder.size());
        for (RangeLock lock : inOrder) {
            if (!joined.isEmpty() && continues(joined.getLast(), lock)) {
                RangeLock before = joined.removeLast();
                joined.add(before.between(before.start(), lock.end()));
            } else {
                joined.add(lock);
            }
        }
        return joined;
    }

    private static boolean continues(RangeLock lock, RangeLock next) {
        return lock.end() == next.start() - 1 && lock.exclusive() == next.exclusive() && lock.pid() == next.pid();
    }
}
