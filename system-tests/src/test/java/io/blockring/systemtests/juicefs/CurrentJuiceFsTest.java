package io.blockring.systemtests.juicefs;

import io.blockring.meta.testing.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** On volumes in Redis. */
@EnabledIfEnvironmentVariable(named = "JUICEFS", matches = ".+", disabledReason = CurrentJuiceFsContract.NOT_SHOWN)
class CurrentJuiceFsTest extends CurrentJuiceFsContract {
    private @Nullable RedisServer redis;

    @Override
    void startServer(Path folder) throws IOException {
        redis = RedisServer.start(folder.resolve("redis"));
    }

    @Override
    String url(int volume) {
        return Objects.requireNonNull(redis).url(volume).toString();
    }

    @Override
    void stopServer() {
        if (redis != null) {
            redis.close();
        }
    }
}
