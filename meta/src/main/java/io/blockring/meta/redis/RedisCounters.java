package io.blockring.meta.redis;

import io.blockring.meta.engine.Counter;

/** Redis keeps the inode and the slice that were given last, other engines the next to give. */
final class RedisCounters {
    private RedisCounters() {}

    static long toPort(Counter counter, long stored) {
        return switch (counter) {
            case NEXT_INODE, NEXT_SLICE -> stored + 1;
            case USED_SPACE, TOTAL_INODES, NEXT_SESSION, NEXT_TRASH, ACL_MAX_ID -> stored;
        };
    }
}
