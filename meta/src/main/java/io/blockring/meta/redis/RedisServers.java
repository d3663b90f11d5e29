package io.blockring.meta.redis;

import io.blockring.meta.engine.ServiceUrl.Place;
import io.blockring.meta.redis.RedisUrl.Login;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Which server holds the volume now, and new connections to it: the one of the URL, the one that Sentinels name, or the
 * one that a cluster has moved it to.
 */
final class RedisServers {
    /** A server that takes no connection or gives no answer for so long counts as away. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

    private static final String SENTINEL_PASSWORD = "SENTINEL_PASSWORD";

    private final RedisUrl url;
    private final String sentinelPassword;
    private final @Nullable SSLSocketFactory tls;
    private volatile @Nullable Place known;

    RedisServers(RedisUrl url, Map<String, String> environment) {
        this.url = url;
        this.sentinelPassword = environment.getOrDefault(SENTINEL_PASSWORD, "");
        this.tls = url.tls().on() ? TlsSockets.of(url.tls()) : null;
    }

    /** A new connection, in the database of the URL; fails with a JedisException. */
    Connection connect() {
        Path socket = url.socket();
        if (socket != null) {
            JedisClientConfig config = config(url.login(), url.database());
            return new Connection(() -> UnixSocket.connect(socket, ANSWER_TIMEOUT), config);
        }
        Place place = known;
        if (place == null) {
            place = url.form() == RedisUrl.Form.SENTINELS
                    ? named()
                    : url.places().getFirst();
            known = place;
        }
        int database = url.form() == RedisUrl.Form.CLUSTER ? 0 : url.database();
        return connect(place, config(url.login(), database));
    }

    private Connection connect(Place place, JedisClientConfig config) {
        if (tls != null) {
            return new Connection(() -> TlsSockets.connect(tls, place, url.tls(), ANSWER_TIMEOUT), config);
        }
        return new Connection(
                new DefaultJedisSocketFactory(new HostAndPort(place.host(), place.port()), config), config);
    }

    private static JedisClientConfig config(Login login, int database) {
        var config = DefaultJedisClientConfig.builder()
                .resp2()
                .timeoutMillis((int) ANSWER_TIMEOUT.toMillis())
                .database(database)
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
        if (!login.user().isEmpty()) {
            config.user(login.user());
        }
        if (!login.password().isEmpty()) {
            config.password(login.password());
        }
        return config.build();
    }

    /** The server that the first Sentinel to answer names. */
    private Place named() {
        RuntimeException last = new JedisConnectionException("no Sentinel was asked");
        for (Place sentinel : url.places()) {
            try (Connection connection = connect(sentinel, config(new Login("", sentinelPassword), 0))) {
                connection.sendCommand(
                        Protocol.Command.SENTINEL,
                        RedisKeys.bytes("get-master-addr-by-name"),
                        url.master().getBytes(StandardCharsets.UTF_8));
                if (connection.getOne() instanceof List<?> address && address.size() == 2) {
                    return new Place(new String(Answers.bytes(address.getFirst()), StandardCharsets.US_ASCII), (int)
                            Answers.number(address.getLast()));
                }
                last = new JedisConnectionException("the Sentinels know no " + url.master());
            } catch (JedisConnectionException | JedisDataException e) {
                last = e;
            }
        }
        throw last;
    }

    /** The volume is there now. */
    void moved(Place place) {
        known = place;
    }

    /** The server did not do its part: who it is will be asked again. */
    void failed() {
        known = null;
    }
}
