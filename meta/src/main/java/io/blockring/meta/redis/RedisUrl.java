package io.blockring.meta.redis;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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

    /** A host and its port. */
    record Place(String host, int port) {}

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
    static RedisUrl parse(String url, Map<String, String> environment) {
        int scheme = url.indexOf("://");
        int question = url.indexOf('?');
        String rest = url.substring(scheme + 3, question < 0 ? url.length() : question);
        Map<String, String> options = options(question < 0 ? "" : url.substring(question + 1));
        int at = rest.lastIndexOf('@');
        Login login = login(at < 0 ? "" : rest.substring(0, at), environment);
        String where = rest.substring(at + 1);
        return switch (url.substring(0, Math.max(0, scheme))) {
            case "redis" -> remote(where, login, tls(false, options));
            case "rediss" -> remote(where, login, tls(true, options));
            case "unix" ->
                new RedisUrl(
                        Form.SOCKET,
                        List.of(),
                        "",
                        Path.of(where),
                        login,
                        database(options.getOrDefault("db", "0")),
                        tls(false, options));
            default -> throw new IllegalArgumentException("it begins with none of redis://, rediss:// and unix://");
        };
    }

    private static RedisUrl remote(String where, Login login, Tls tls) {
        int slash = where.indexOf('/');
        int database = database(slash < 0 || slash == where.length() - 1 ? "0" : where.substring(slash + 1));
        List<String> hosts = List.of((slash < 0 ? where : where.substring(0, slash)).split(",", -1));
        boolean sentinels = hosts.size() > 1 && !hosts.getFirst().contains(":");
        var places = new ArrayList<Place>();
        for (String host : sentinels ? hosts.subList(1, hosts.size()) : hosts) {
            places.add(place(host, sentinels ? SENTINEL_PORT : PORT));
        }
        Form form = sentinels ? Form.SENTINELS : hosts.size() > 1 ? Form.CLUSTER : Form.SERVER;
        return new RedisUrl(form, places, sentinels ? hosts.getFirst() : "", null, login, database, tls);
    }

    private static Place place(String host, int defaultPort) {
        URI uri = URI.create("redis://" + host);
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("'" + host + "' is no host");
        }
        return new Place(uri.getHost(), uri.getPort() < 0 ? defaultPort : uri.getPort());
    }

    private static Login login(String userInfo, Map<String, String> environment) {
        int colon = userInfo.indexOf(':');
        String user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
        String password = colon < 0 ? "" : decoded(userInfo.substring(colon + 1));
        if (password.isEmpty()) {
            password = environment.getOrDefault("META_PASSWORD", environment.getOrDefault("REDIS_PASSWORD", ""));
        }
        return new Login(user, password);
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

    private static Map<String, String> options(String query) {
        var options = new HashMap<String, String>();
        for (String option : query.split("&", -1)) {
            int equals = option.indexOf('=');
            if (equals > 0) {
                options.put(option.substring(0, equals), decoded(option.substring(equals + 1)));
            } else if (!option.isEmpty()) {
                options.put(option, "");
            }
        }
        return options;
    }

    private static Tls tls(boolean on, Map<String, String> options) {
        return new Tls(
                on,
                file(options.get("tls-ca-cert-file")),
                file(options.get("tls-cert-file")),
                file(options.get("tls-key-file")),
                options.containsKey("insecure-skip-verify"));
    }

    private static @Nullable Path file(@Nullable String name) {
        return name == null ? null : Path.of(name);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return form == Form.SOCKET ? "unix://" + socket : "redis://" + places + "/" + database;
    }
}
