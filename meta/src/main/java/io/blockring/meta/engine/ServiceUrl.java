package io.blockring.meta.engine;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The URL of a server that keeps metadata, in its parts.
 *
 * <pre>
 * SCHEME://[USER[:PASSWORD]@]HOST[:PORT],HOST[:PORT]/PATH?OPTION=VALUE
 * </pre>
 *
 * @param user empty where none is named
 * @param password empty where none is named
 * @param hosts as they stand in the URL; empty where the path follows at once
 * @param path with its first slash; empty where there is none
 * @param options an option without a value has an empty one
 */
public record ServiceUrl(
        String scheme, String user, String password, String hosts, String path, Map<String, String> options) {
    /** A host and its port. */
    public record Place(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    public ServiceUrl {
        options = Map.copyOf(options);
    }

    /** Reads a URL; a part that cannot be read is an IllegalArgumentException that says why. */
    public static ServiceUrl parse(String url) {
        int scheme = url.indexOf("://");
        if (scheme < 0) {
            throw new IllegalArgumentException("it has no scheme");
        }
        int question = url.indexOf('?');
        String rest = url.substring(scheme + 3, question < 0 ? url.length() : question);
        int at = rest.lastIndexOf('@');
        String login = rest.substring(0, Math.max(0, at));
        int colon = login.indexOf(':');
        String where = rest.substring(at + 1);
        int slash = where.indexOf('/');
        return new ServiceUrl(
                url.substring(0, scheme),
                decoded(colon < 0 ? login : login.substring(0, colon)),
                colon < 0 ? "" : decoded(login.substring(colon + 1)),
                slash < 0 ? where : where.substring(0, slash),
                slash < 0 ? "" : where.substring(slash),
                options(question < 0 ? "" : url.substring(question + 1)));
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

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The same with the first of {@code variables} that the environment has as password, where the URL names none. */
    public ServiceUrl withPassword(Map<String, String> environment, String... variables) {
        String known = password;
        for (String variable : variables) {
            known = known.isEmpty() ? environment.getOrDefault(variable, "") : known;
        }
        return new ServiceUrl(scheme, user, known, hosts, path, options);
    }

    /** The hosts by themselves; there is one at least. */
    public List<String> eachHost() {
        return List.of(hosts.split(",", -1));
    }

    /** The places of all hosts. */
    public List<Place> places(int defaultPort) {
        return eachHost().stream().map(host -> place(host, defaultPort)).toList();
    }

    /** The place of a host with or without a port. */
    public static Place place(String host, int defaultPort) {
        URI uri = URI.create("host://" + host + "/");
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("'" + host + "' is no host");
        }
        return new Place(uri.getHost(), uri.getPort() < 0 ? defaultPort : uri.getPort());
    }

    /** The file that an option names, if it names one. */
    public @Nullable Path file(String option) {
        String name = options.get(option);
        return name == null || name.isEmpty() ? null : Path.of(name);
    }

    /** Without user and password. */
    @Override
    public String toString() {
        return scheme + "://" + hosts + path;
    }
}
