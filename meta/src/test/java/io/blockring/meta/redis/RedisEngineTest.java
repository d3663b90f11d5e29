package io.blockring.meta.redis;

import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;
import io.blockring.meta.testing.RedisServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RedisEngineTest extends MetaEngineContract {
    @TempDir
    static Path folder;

    private static RedisServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = RedisServer.start(folder.resolve("redis"));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected MetaEngine open() throws Exception {
        return RedisStores.open(server, RedisStores.newDatabase()).engine();
    }
}
