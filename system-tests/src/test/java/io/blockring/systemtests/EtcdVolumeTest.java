package io.blockring.systemtests;

import io.blockring.meta.testing.EtcdServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two mounts of a volume in etcd. */
@Tag("long")
class EtcdVolumeTest extends TwoMountsContract {
    private EtcdServer server;

    @Override
    String startServer(Path folder) throws IOException {
        server = EtcdServer.start(folder);
        return server.url("lab").toString();
    }

    @Override
    void killAndRestartServer() {
        server.kill();
        server.restart();
    }

    @Override
    void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void programsWorkAsOnRocksDb() {
        runPrograms();
    }
}
