package io.blockring.fuseclient;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Through which handle each owner took a POSIX lock last. A process gives its locks back when it closes any handle of
 * the file; a lock that belongs to the handle itself (F_OFD_SETLK) ends with it, of which the kernel says nothing more
 * than that the handle is released.
 */
final class LockHandles {
    /** An owner of POSIX locks on an inode. */
    record Holder(long inode, long owner) {}

    private final Map<Holder, Long> handles = new HashMap<>();
    private final Map<Long, Set<Holder>> holders = new HashMap<>();

    /** The holder took a lock through {@code handle}. */
    synchronized void locked(Holder holder, long handle) {
        forget(holder);
        handles.put(holder, handle);
        holders.computeIfAbsent(handle, _ -> new HashSet<>()).add(holder);
    }

    /** The holder gives back all that it has. */
    synchronized void forget(Holder holder) {
        Long handle = handles.remove(holder);
        if (handle != null) {
            holders.computeIfPresent(handle, (_, some) -> some.remove(holder) && some.isEmpty() ? null : some);
        }
    }

    /** The handle is released; who may have locks still that were taken through it. */
    synchronized Set<Holder> release(long handle) {
        Set<Holder> left = holders.remove(handle);
        if (left == null) {
            return Set.of();
        }
        left.forEach(handles::remove);
        return left;
    }
}
