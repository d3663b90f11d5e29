package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetadataService;
import java.util.Map;

/** The metadata of volumes in Redis. A password may be in {@code META_PASSWORD} or {@code REDIS_PASSWORD}. */
public final class RedisVolumes implements MetadataService {
    @Override
    public String title() {
        return "Redis";
    }

    @Override
    public boolean names(String url) {
        return url.startsWith("redis://") || url.startsWith("rediss://") || url.startsWith("unix://");
    }

    @Override
    public MetaEngine open(String url, Map<String, String> environment) throws FileError {
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

    @Override
    public long destroy(String url, Map<String, String> environment) throws FileError {
        RedisUrl parsed = RedisUrl.parse(url, environment);
        try (PooledLink link = link(parsed, environment)) {
            return new RecordRemoval(link, parsed.prefix()).remove();
        }
    }

    static PooledLink link(RedisUrl url, Map<String, String> environment) {
        return new PooledLink(new RedisServers(url, environment));
    }
}
