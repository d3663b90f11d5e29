package io.blockring.meta.tree;

/**
 * Sums that every client of a volume keeps right, as its settings say.
 *
 * @param directoryStats of what lies in each directory; quotas of directories are kept with them
 * @param userGroupQuota of what each user and each group of users has
 */
public record Upkeep(boolean directoryStats, boolean userGroupQuota) {
    /** What clients of JuiceFS 1.0 keep. */
    public static final Upkeep V1_0 = new Upkeep(false, false);

    /** What JuiceFS gives a new volume today. */
    public static final Upkeep TODAY = new Upkeep(true, false);
}
