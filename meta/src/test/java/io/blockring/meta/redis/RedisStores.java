package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import io.blockring.meta.keyvalue.FromRedis;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.testing.RedisServer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Databases of a server for tests, each used once and empty at first. */
public final class RedisStores {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private RedisStores() {}

    /** A database that no other test has had. */
    public static int newDatabase() {
        return NEXT.incrementAndGet();
    }

    public static TestStores open(RedisServer server, int database) throws FileError {
        RedisUrl url = RedisUrl.parse(server.url(database).toString(), Map.of());
        RedisLink link = RedisVolumes.link(url, Map.of());
        return new TestStores(
                new RedisEngine(link, new RedisKeys(url.prefix())), () -> FromRedis.convert(RedisDump.read(link)));
    }

    /** All keys of a database with their types. */
    public static Map<String, RedisDump.Value> dump(RedisServer server, int database) throws FileError {
        try (RedisLink link =
                RedisVolumes.link(RedisUrl.parse(server.url(database).toString(), Map.of()), Map.of())) {
            return RedisDump.read(link);
        }
    }
}
