package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import java.util.Map;

/** Opens the metadata of volumes in Redis. */
public final class RedisVolumes {
    private RedisVolumes() {}

    /** Whether {@code url} names metadata in Redis. */
    public static boolean isOne(String url) {
        return url.startsWith("redis://") || url.startsWith("rediss://") || url.startsWith("unix://");
    }

    /**
     * The metadata at {@code url}; what is no URL of Redis is an IllegalArgumentException that says why.
     *
     * @param environment where a password may be: {@code META_PASSWORD} or {@code REDIS_PASSWORD}, and
     *     {@code SENTINEL_PASSWORD}
     * @throws FileError IO when the server does not answer in time, or does not let us in
     */
    public static MetaEngine open(String url, Map<String, String> environment) throws FileError {
        RedisUrl parsed = RedisUrl.parse(url, environment);
        PooledLink link = link(parsed, environment);
        boolean open = false;
        try {
            link.greet();
            open = true;
            return new RedisEngine(link, new RedisKeys(parsed.prefix()));
        } finally {
            if (!open) {
                link.close();
            }
        }
    }

    /** Takes a volume away, with all of its records; returns how many keys that were. */
    public static long destroy(String url, Map<String, String> environment) throws FileError {
        RedisUrl parsed = RedisUrl.parse(url, environment);
        try (PooledLink link = link(parsed, environment)) {
            return new RecordRemoval(link, parsed.prefix()).remove();
        }
    }

    static PooledLink link(RedisUrl url, Map<String, String> environment) {
        return new PooledLink(new RedisServers(url, environment));
    }
}
