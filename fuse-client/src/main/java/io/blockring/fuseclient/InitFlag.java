package io.blockring.fuseclient;

/**
 * What the kernel and a file system can agree on at INIT, as bits of the two words of flags together.
 *
 * <p>Not asked for, and why: WRITEBACK_CACHE (a write must reach us before {@code write} returns), ATOMIC_O_TRUNC and HANDLE_KILLPRIV_V2 (the kernel then truncates by
 * SETATTR and takes set-id bits away by the rules of Linux),
 * EXPORT_SUPPORT (no look-up of {@code ..}), AUTO_INVAL_DATA (an own write would drop the pages just written).
 */
enum InitFlag {
    ASYNC_READ(0),
    /** POSIX locks reach us; where nothing is written, not even locks, the kernel keeps them itself. */
    POSIX_LOCKS(1),
    BIG_WRITES(5),
    /** The kernel leaves the umask to us: where a directory has a default list, it does not count. */
    DONT_MASK(6),
    /** So do BSD locks. */
    FLOCK_LOCKS(10),
    DO_READDIRPLUS(13),
    READDIRPLUS_AUTO(14),
    ASYNC_DIO(15),
    PARALLEL_DIROPS(18),
    /** The kernel asks for access control lists, and judges by them. */
    POSIX_ACL(20),
    MAX_PAGES(22),
    /** A symlink's target never changes and an inode number never comes back. */
    CACHE_SYMLINKS(23),
    INIT_EXT(30);

    private final long bit;

    InitFlag(int number) {
        this.bit = 1L << number;
    }

    long bit() {
        return bit;
    }

    /** What a mount with these settings wants. */
    static long wanted(FuseSettings settings) {
        long bits = 0;
        for (InitFlag flag : values()) {
            bits |= flag.isWanted(settings) ? flag.bit : 0;
        }
        return bits;
    }

    private boolean isWanted(FuseSettings settings) {
        return switch (this) {
            case POSIX_LOCKS, FLOCK_LOCKS -> !settings.readOnly();
            case POSIX_ACL, DONT_MASK -> settings.acl();
            default -> true;
        };
    }
}
