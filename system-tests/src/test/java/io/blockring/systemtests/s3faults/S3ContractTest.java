package io.blockring.systemtests.s3faults;

import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.S3ObjectStore;
import io.blockring.objectstore.S3Settings;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** S3 does what every store does, against a real endpoint in a process of its own. */
class S3ContractTest extends ObjectStoreContract {
    @TempDir
    static Path directory;

    private static S3ServerProcess server;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3ServerProcess.start(directory, List.of("lab"));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected ObjectStore open() throws Exception {
        var address = (StoreAddress.S3)
                StoreAddress.parse("s3://lab", server.endpoint().toString(), null);
        return S3ObjectStore.open(address, server.credentials(), S3Settings.DEFAULTS);
    }
}
