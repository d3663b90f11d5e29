package io.blockring.meta.engine;

/**
 * Limits and what is used of them.
 *
 * @param maxSpace bytes, 0 or less for no limit
 * @param maxInodes 0 or less for no limit
 */
public record Quota(long maxSpace, long maxInodes, long usedSpace, long usedInodes) {
    /** What the volume format writes where nothing is limited. */
    public static final long UNLIMITED = -1;

    /** Whether so much more would be too much; less is never. */
    public boolean isPassedBy(long space, long inodes) {
        return (space > 0 && maxSpace > 0 && usedSpace + space > maxSpace)
                || (inodes > 0 && maxInodes > 0 && usedInodes + inodes > maxInodes);
    }

    public Quota plusUsed(long space, long inodes) {
        return new Quota(maxSpace, maxInodes, usedSpace + space, usedInodes + inodes);
    }
}
