package io.blockring.meta.engine;

/** When a job of which one client at a time is enough was last taken up, in seconds since 1970. */
public enum Stamp {
    CLEANUP_SESSIONS("lastCleanupSessions"),
    CLEANUP_FILES("lastCleanupFiles"),
    CLEANUP_TRASH("lastCleanupTrash"),
    CLEANUP_SLICES("nextCleanupSlices");

    private final String formatName;

    Stamp(String formatName) {
        this.formatName = formatName;
    }

    /** What the volume format calls it. */
    public String formatName() {
        return formatName;
    }
}
