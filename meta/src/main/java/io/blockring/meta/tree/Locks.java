package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of locks. A BSD lock is a range of all bytes in a table of its own.
 *
 * <p>A session remembers the table of each inode that it has locks on, as it last saw it, and assumes that it is still
 * so: then one question to the engine is enough, which is also the answer. Where it is not so, the table is read.
 */
final class Locks implements FileLocks {
    /** Says whether the volume takes changes. */
    @FunctionalInterface
    interface Guard {
        void check() throws FileError;
    }

    /** What becomes of an owner's locks, given those of all others. */
    @FunctionalInterface
    private interface Rule {
        Decision decide(List<RangeLock> own, Collection<RangeLock> others);
    }

    /** Whether an owner gets what it asked for, and what it has then. */
    private record Decision(boolean granted, List<RangeLock> own) {}

    private record Changed(boolean granted, Map<LockOwner, List<RangeLock>> table) {}

    /** What this session knows of an inode; guarded by the lock of the inode, but for looks at the holders. */
    private static final class Known {
        private Map<LockOwner, List<RangeLock>> table = Map.of();

        /** The owners of this session that have locks, or may have them. */
        private final Set<Long> holders = ConcurrentHashMap.newKeySet();

        /** Those that gave all back, which the engine does not know yet. */
        private final Set<Long> owing = ConcurrentHashMap.newKeySet();
    }

    private final MetaEngine engine;
    private final Transactions transactions;
    private final long session;
    private final Guard guard;
    private final Map<LockedInode, Known> known = new ConcurrentHashMap<>();

    Locks(MetaEngine engine, long session, Guard guard) {
        this.engine = engine;
        // Whoever waits for a lock is in nobody's way but of those who lock the same inode.
        this.transactions = new Transactions(engine, new InodeLocks());
        this.session = session;
        this.guard = guard;
    }

    @Override
    public boolean lock(long inode, long owner, boolean exclusive, boolean willAskAgain) throws FileError {
        RangeLock wanted = RangeLock.whole(exclusive);
        return change(new LockedInode(LockKind.WHOLE, inode), owner, (own, others) -> {
            if (isFree(wanted, others)) {
                return new Decision(true, List.of(wanted));
            }
            return new Decision(false, willAskAgain ? List.of() : own);
        });
    }

    @Override
    public void unlock(long inode, long owner) throws FileError {
        giveBack(new LockedInode(LockKind.WHOLE, inode), owner);
    }

    @Override
    public boolean lockRange(long inode, long owner, RangeLock lock) throws FileError {
        return change(
                new LockedInode(LockKind.RANGES, inode),
                owner,
                (own, others) ->
                        isFree(lock, others) ? new Decision(true, Ranges.with(own, lock)) : new Decision(false, own));
    }

    @Override
    public void unlockRange(long inode, long owner, long start, long end) throws FileError {
        var locked = new LockedInode(LockKind.RANGES, inode);
        if (start == 0 && end == RangeLock.LAST) {
            giveBack(locked, owner);
        } else if (mayHaveRanges(inode, owner)) {
            change(locked, owner, (own, _) -> new Decision(true, Ranges.without(own, start, end)));
        }
    }

    private static boolean isFree(RangeLock wanted, Collection<RangeLock> others) {
        return others.stream().noneMatch(wanted::conflictsWith);
    }

    @Override
    public boolean mayHaveRanges(long inode, long owner) {
        Known of = known.get(new LockedInode(LockKind.RANGES, inode));
        return of != null && of.holders.contains(owner);
    }

    @Override
    public @Nullable RangeLock inTheWay(long inode, long owner, RangeLock wanted) throws FileError {
        guard.check();
        var self = new LockOwner(session, owner);
        RangeLock first = null;
        LockOwner holder = self;
        for (Map.Entry<LockOwner, List<RangeLock>> other :
                engine.reads().locks(new LockedInode(LockKind.RANGES, inode)).entrySet()) {
            for (RangeLock lock : other.getValue()) {
                if (!other.getKey().equals(self)
                        && lock.conflictsWith(wanted)
                        && (first == null || lock.start() < first.start())) {
                    first = lock;
                    holder = other.getKey();
                }
            }
        }
        return first == null || holder.session() == session
                ? first
                : new RangeLock(first.exclusive(), 0, first.start(), first.end());
    }

    /** Gives back all that an owner has of an inode, now or, where the engine does not answer, later. */
    private void giveBack(LockedInode inode, long owner) throws FileError {
        Known of = known.get(inode);
        if (of == null || !of.holders.contains(owner)) {
            return;
        }
        boolean done = false;
        try {
            change(inode, owner, (_, _) -> new Decision(true, List.of()));
            done = true;
        } finally {
            if (!done) {
                of.owing.add(owner);
            }
        }
    }

    /** Gives back what could not be given back before. */
    void giveBackOwed() throws FileError {
        for (Map.Entry<LockedInode, Known> entry : known.entrySet()) {
            for (long owner : entry.getValue().owing) {
                // Whoever owes has nothing to keep; whoever has locked anew meanwhile owes nothing.
                change(entry.getKey(), owner, (own, _) -> new Decision(true, own));
            }
        }
    }

    private boolean change(LockedInode inode, long owner, Rule rule) throws FileError {
        guard.check();
        try (InodeLocks.Held _ = transactions.hold(inode.inode())) {
            Known of = known.computeIfAbsent(inode, _ -> new Known());
            // Were the answer lost, it might have locks.
            of.holders.add(owner);
            Changed changed = transactions.run(new Attempts(of, inode, owner, rule)::next, inode.inode());
            of.table = changed.table();
            of.owing.remove(owner);
            if (!of.table.containsKey(new LockOwner(session, owner))) {
                of.holders.remove(owner);
            }
            if (of.holders.isEmpty()) {
                known.remove(inode);
            }
            return changed.granted();
        }
    }

    /** Tries of one change, the first of which takes the table for what it was last. */
    private final class Attempts {
        private final Known of;
        private final LockedInode inode;
        private final long owner;
        private final Rule rule;
        private boolean first = true;

        Attempts(Known of, LockedInode inode, long owner, Rule rule) {
            this.of = of;
            this.inode = inode;
            this.owner = owner;
            this.rule = rule;
        }

        Changed next(MetaTransaction transaction) throws FileError {
            transaction.witness(Witness.REPEAT);
            // Only a table that is written is compared with the engine's: nothing else follows from one assumed.
            if (first && changes(of.table)) {
                transaction.assumeLocks(inode, of.table);
            }
            first = false;
            Map<LockOwner, List<RangeLock>> table = transaction.locks(inode);
            Changed changed = after(table);
            if (!changed.table().equals(table)) {
                transaction.putLocks(inode, changed.table());
            }
            return changed;
        }

        private boolean changes(Map<LockOwner, List<RangeLock>> table) {
            Changed changed = after(table);
            return changed.granted() && !changed.table().equals(table);
        }

        private Changed after(Map<LockOwner, List<RangeLock>> table) {
            var self = new LockOwner(session, owner);
            var others = new ArrayList<RangeLock>();
            table.forEach((holder, locks) -> {
                if (!holder.equals(self)) {
                    others.addAll(locks);
                }
            });
            List<RangeLock> own = of.owing.contains(owner) ? List.of() : table.getOrDefault(self, List.of());
            Decision decision = rule.decide(own, others);
            var after = new LinkedHashMap<>(table);
            if (decision.own().isEmpty()) {
                after.remove(self);
            } else {
                after.put(self, decision.own());
            }
            return new Changed(decision.granted(), after);
        }
    }

    /** Drops all locks of a session, this one or one that is dead. */
    void dropAll(long ofSession) throws FileError {
        engine.scans()
                .locked(ofSession)
                .forEach(inode -> transactions.run(
                        transaction -> {
                            transaction.witness(Witness.REPEAT);
                            var left = new LinkedHashMap<>(transaction.locks(inode));
                            if (left.keySet().removeIf(owner -> owner.session() == ofSession)) {
                                transaction.putLocks(inode, left);
                            }
                            return true;
                        },
                        inode.inode()));
    }
}
