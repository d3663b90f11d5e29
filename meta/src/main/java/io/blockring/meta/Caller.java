package io.blockring.meta;

import java.util.List;

/**
 * On whose behalf an operation runs. The kernel checks the mode bits of a mount; the rules that need to know the
 * caller are those of ownership, set-id bits and directories with set-group-id.
 *
 * @param umask bits that what it makes does not get, where the directory does not say what it gets
 */
public record Caller(int uid, int gid, List<Integer> groups, int pid, int umask) {
    public static final Caller ROOT = new Caller(0, 0, List.of(), 0);

    public Caller {
        groups = List.copyOf(groups);
    }

    /** A caller whose umask was applied before, or who has none. */
    public Caller(int uid, int gid, List<Integer> groups, int pid) {
        this(uid, gid, groups, pid, 0);
    }

    public boolean isRoot() {
        return uid == 0;
    }

    public boolean isInGroup(int group) {
        return gid == group || groups.contains(group);
    }
}
