package io.blockring.meta;

import java.util.List;

/**
 * An access control list as POSIX 1003.1e drew it up: three bits of permission (4 read, 2 write, 1 execute) for each
 * class, and for users and groups by their number. One without such names and without a mask says no more than a mode.
 *
 * @param mask the most that a group or a named user is given, {@link #UNSET} for no limit
 */
public record AclRule(int owner, int group, int mask, int other, List<Named> users, List<Named> groups) {
    /** What a class has of which the rule says nothing. */
    public static final int UNSET = 0xFFFF;

    private static final int BITS = 07;
    private static final int OWNER_SHIFT = 6;
    private static final int GROUP_SHIFT = 3;

    /** What a user or a group has by its number. */
    public record Named(int id, int permissions) {}

    public AclRule {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** Whether the nine bits of a mode say the same. */
    public boolean isMinimal() {
        return users.isEmpty() && groups.isEmpty() && mask == UNSET;
    }

    /** The nine bits of the mode that go with it: where there is a mask, it stands for the group. */
    public int mode() {
        int middle = isMinimal() ? group : mask;
        return ((owner & BITS) << OWNER_SHIFT) | ((middle & BITS) << GROUP_SHIFT) | (other & BITS);
    }

    /** The same once the mode of its file is {@code mode}. */
    public AclRule withMode(int mode) {
        int middle = (mode >> GROUP_SHIFT) & BITS;
        return new AclRule(
                (mode >> OWNER_SHIFT) & BITS,
                isMinimal() ? middle : group,
                isMinimal() ? mask : middle,
                mode & BITS,
                users,
                groups);
    }

    /** The same with what {@code mode} gives wherever it says nothing. */
    public AclRule completedBy(int mode) {
        return new AclRule(
                owner == UNSET ? (mode >> OWNER_SHIFT) & BITS : owner,
                group == UNSET ? (mode >> GROUP_SHIFT) & BITS : group,
                mask,
                other == UNSET ? mode & BITS : other,
                users,
                groups);
    }

    /** What something made with {@code mode} gets in a directory whose default this is. */
    public AclRule ofChild(int mode) {
        int middle = (mode >> GROUP_SHIFT) & BITS;
        return new AclRule(
                owner & (mode >> OWNER_SHIFT) & BITS,
                isMinimal() ? group & middle : group,
                isMinimal() ? mask : mask & middle,
                other & mode & BITS,
                users,
                groups);
    }

    /** Whether it gives a caller all of {@code wanted} on a file with these attributes. */
    public boolean permits(Caller caller, Attr attr, int wanted) {
        if (caller.uid() == attr.uid()) {
            return has(owner, wanted);
        }
        for (Named user : users) {
            if (user.id() == caller.uid()) {
                return has(user.permissions() & mask, wanted);
            }
        }
        boolean inGroup = caller.isInGroup(attr.gid());
        if (inGroup && has(group & mask, wanted)) {
            return true;
        }
        for (Named named : groups) {
            if (caller.isInGroup(named.id())) {
                inGroup = true;
                if (has(named.permissions() & mask, wanted)) {
                    return true;
                }
            }
        }
        return !inGroup && has(other, wanted);
    }

    private static boolean has(int permissions, int wanted) {
        return (permissions & wanted) == wanted;
    }
}
