package io.blockring.meta.engine;

/** The numbers of a volume that are only ever added to. */
public enum Counter {
    /** Bytes of all files, each rounded up to 4 KiB. */
    USED_SPACE("usedSpace"),
    TOTAL_INODES("totalInodes"),
    NEXT_INODE("nextInode"),
    NEXT_SLICE("nextChunk"),
    /** The id given to the newest session. */
    NEXT_SESSION("nextSession"),
    /** How many hourly folders the trash ever had. */
    NEXT_TRASH("nextTrash"),
    /** The number given to the newest access control list. */
    ACL_MAX_ID("aclMaxId");

    private final String formatName;

    Counter(String formatName) {
        this.formatName = formatName;
    }

    /** Whether it tells how much the volume holds, and may be deferred; the others give out ids. */
    public boolean isUsage() {
        return this == USED_SPACE || this == TOTAL_INODES;
    }

    /** What the volume format calls it. */
    public String formatName() {
        return formatName;
    }
}
