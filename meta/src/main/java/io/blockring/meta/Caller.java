package io.blockring.meta;

import java.util.List;

/**
 * On whose behalf an operation runs. The kernel checks the mode bits of a mount; the rules that need to know the
 * caller are those of ownership, set-id bits and directories with set-group-id.
 */
public record Caller(int uid, int gid, List<Integer> groups, int pid) {
    public static final Caller ROOT = new Caller(0, 0, List.of(), 0);

    public Caller {
        groups = List.copyOf(groups);
    }

    public boolean isRoot() {
        return uid == 0;
    }

    public boolean isInGroup(int group) {
        return gid == group || groups.contains(group);
    }
}
