package io.blockring.blockstore;

/** Which blocks go first when there is no more room, of those that no policy protects. */
public enum Eviction {
    /** Those that came and were not used since; one that was used is spared once. Withstands scans and does well on epochs. */
    SIEVE,
    /** Those that were not used for longest. */
    LRU
}
