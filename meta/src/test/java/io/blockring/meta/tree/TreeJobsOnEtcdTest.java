package io.blockring.meta.tree;

import io.blockring.meta.keyvalue.EtcdStores;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.testing.EtcdServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** With etcd's own limits, so that all jobs keep to them. */
@Tag("long")
class TreeJobsOnEtcdTest extends TreeJobsContract {
    private static EtcdServer server;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        server = EtcdServer.start(folder);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    TestStores stores() throws Exception {
        return EtcdStores.open(server);
    }
}
