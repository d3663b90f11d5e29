package io.blockring.meta.tree;

import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class TreeJobsOnRedisTest extends TreeJobsContract {
    private static RedisServer server;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        server = RedisServer.start(folder);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    TestStores stores() throws Exception {
        return RedisStores.open(server, RedisStores.newDatabase());
    }
}
