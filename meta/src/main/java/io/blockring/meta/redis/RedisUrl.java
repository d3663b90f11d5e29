package io.blockring.meta.redis;

import io.blockring.meta.engine.ServiceUrl;
import io.blockring.meta.engine.ServiceUrl.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the Redis of a volume is, in the forms that JuiceFS knows.
 *
 * <pre>
 * redis://[USER:PASSWORD@]HOST[:PORT]/DATABASE                 one server; rediss:// by TLS
 * redis://[USER:PASSWORD@]HOST:PORT,HOST:PORT/DATABASE         a cluster: the database becomes a hash tag
 * redis://[USER:PASSWORD@]MASTER,HOST[:PORT],HOST[:PORT]/DB    the server that Sentinels call MASTER
 * unix://[USER:PASSWORD@]/SOCKET?db=DATABASE                   a server of this machine
 * </pre>
 *
 * Certificates are named by {@code tls-ca-cert-file}, {@code tls-cert-file} and {@code tls-key-file}. A password may
 * come from the environment instead, so that no command line shows it.
 */
record RedisUrl(
        Form form,
        List<Place> places,
        String master,
        @Nullable Path socket,
        Login login,
        int database,
        Tls tls) {
    static final int PORT = 6379;
    static final int SENTINEL_PORT = 26379;

    /** Who the servers at {@code places} are. */
    enum Form {
        SERVER,
        CLUSTER,
        SENTINELS,
        SOCKET
    }

    /** Empty where the server asks for none. */
    record Login(String user, String password) {
        @Override
        public String toString() {
            return user.isEmpty() ? "(default)" : user;
        }
    }

    /** How a server is known and we to it; null files are those of the machine, or none. */
    record Tls(
            boolean on,
            @Nullable Path authorities,
            @Nullable Path certificate,
            @Nullable Path key,
            boolean unchecked) {}

    RedisUrl {
        places = List.copyOf(places);
    }

    /** What all keys begin with. */
    String prefix() {
        return form == Form.CLUSTER ? "{" + database + "}" : "";
    }

    /** Reads a URL; what is none is an IllegalArgumentException whose message says why. */
    static RedisUrl parse(String text, Map<String, String> environment) {
        ServiceUrl url = ServiceUrl.parse(text).withPassword(environment, "META_PASSWORD", "REDIS_PASSWORD");
        var login = new Login(url.user(), url.password());
        return switch (url.scheme()) {
            case "redis" -> remote(url, login, tls(false, url));
            case "rediss" -> remote(url, login, tls(true, url));
            case "unix" ->
                new RedisUrl(
                        Form.SOCKET,
                        List.of(),
                        "",
                        Path.of(url.hosts() + url.path()),
                        login,
                        database(url.options().getOrDefault("db", "0")),
                        tls(false, url));
            default -> throw new IllegalArgumentException("it begins with none of redis://, rediss:// and unix://");
        };
    }

    private static RedisUrl remote(ServiceUrl url, Login login, Tls tls) {
        int database = database(url.path().length() < 2 ? "0" : url.path().substring(1));
        List<String> hosts = url.eachHost();
        boolean sentinels = hosts.size() > 1 && !hosts.getFirst().contains(":");
        var places = new ArrayList<Place>();
        for (String host : sentinels ? hosts.subList(1, hosts.size()) : hosts) {
            places.add(ServiceUrl.place(host, sentinels ? SENTINEL_PORT : PORT));
        }
        Form form = sentinels ? Form.SENTINELS : hosts.size() > 1 ? Form.CLUSTER : Form.SERVER;
        return new RedisUrl(form, places, sentinels ? hosts.getFirst() : "", null, login, database, tls);
    }

    private static int database(String text) {
        try {
            int database = Integer.parseInt(text);
            if (database >= 0) {
                return database;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new IllegalArgumentException("'" + text + "' is no number of a database");
    }

    private static Tls tls(boolean on, ServiceUrl url) {
        return new Tls(
                on,
                url.file("tls-ca-cert-file"),
                url.file("tls-cert-file"),
                url.file("tls-key-file"),
                url.options().containsKey("insecure-skip-verify"));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return form == Form.SOCKET ? "unix://" + socket : "redis://" + places + "/" + database;
    }
}
