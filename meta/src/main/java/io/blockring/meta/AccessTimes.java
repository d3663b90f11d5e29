package io.blockring.meta;

/** When a read changes the time of access of what was read, as the mount options of Linux call it. */
public enum AccessTimes {
    /** Never. */
    NOATIME,
    /** Where it is not later than the last change, or a day old: at most one write after each change, and one a day. */
    RELATIME,
    /** At every read, but not twice in a second. */
    STRICTATIME;

    private static final long RELATIME_SECONDS = 24 * 60 * 60;
    private static final long STRICTATIME_SECONDS = 1;

    /** Whether a read at {@code now} is to be recorded. */
    public boolean isDue(Attr attr, Timestamp now) {
        return switch (this) {
            case NOATIME -> false;
            case RELATIME -> isBeforeTheChange(attr, now) || isOlder(attr.atime(), now, RELATIME_SECONDS);
            case STRICTATIME -> isOlder(attr.atime(), now, STRICTATIME_SECONDS);
        };
    }

    /** A change that another clock dates in our future is not overtaken by each read anew. */
    private static boolean isBeforeTheChange(Attr attr, Timestamp now) {
        Timestamp changed = attr.mtime().compareTo(attr.ctime()) > 0 ? attr.mtime() : attr.ctime();
        return attr.atime().compareTo(changed) <= 0 && changed.compareTo(now) < 0;
    }

    private static boolean isOlder(Timestamp time, Timestamp now, long seconds) {
        return new Timestamp(time.seconds() + seconds, time.nanos()).compareTo(now) < 0;
    }
}
