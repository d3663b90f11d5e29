package io.blockring.systemtests.juicefs;

import io.blockring.tikvclient.testing.TikvServers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** On volumes in TiKV, which JuiceFS has to be built with. */
@EnabledIfEnvironmentVariable(named = "JUICEFS", matches = ".+", disabledReason = CurrentJuiceFsContract.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class CurrentJuiceFsOnTikvTest extends CurrentJuiceFsContract {
    private @Nullable TikvServers servers;

    @Override
    void startServer(Path folder) throws IOException {
        servers = TikvServers.start(folder);
    }

    @Override
    String url(int volume) {
        return "tikv://" + Objects.requireNonNull(servers).driver() + "/shared" + volume;
    }

    /** A killed mount loses what it has counted in its last second. */
    @Override
    void beforeKill() {
        awaitSums();
    }

    @Override
    void stopServer() {
        if (servers != null) {
            servers.close();
        }
    }
}
