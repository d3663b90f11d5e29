package io.blockring.s3server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server was started with.
 *
 * @param accessLog null when there is to be none
 * @param exitWithStdin whether it ends when its standard input does, and so with the process that holds the other end
 */
record ServerOptions(
        InetSocketAddress listen,
        Path directory,
        List<String> buckets,
        @Nullable Path accessLog,
        String accessKey,
        String secretKey,
        boolean exitWithStdin) {
    static final String USAGE = """
            usage: S3Server --dir DIR [--listen 127.0.0.1:0] [--buckets a,b] [--access-log FILE] [--exit-with-stdin]
                            [--listen-beyond-loopback]
            keys: BLOCKRING_ACCESS_KEY and BLOCKRING_SECRET_KEY, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\
            """;

    static ServerOptions of(List<String> arguments, Map<String, String> environment) {
        String listen = "127.0.0.1:0";
        Path directory = null;
        List<String> buckets = List.of();
        Path accessLog = null;
        boolean exitWithStdin = false;
        boolean beyondLoopback = false;
        Deque<String> rest = new ArrayDeque<>(arguments);
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--listen" -> listen = valueOf(option, rest);
                case "--dir" -> directory = Path.of(valueOf(option, rest));
                case "--buckets" -> buckets = List.of(valueOf(option, rest).split(","));
                case "--access-log" -> accessLog = Path.of(valueOf(option, rest));
                case "--exit-with-stdin" -> exitWithStdin = true;
                case "--listen-beyond-loopback" -> beyondLoopback = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        if (directory == null) {
            throw new IllegalArgumentException("--dir is needed");
        }
        boolean own = environment.containsKey("BLOCKRING_ACCESS_KEY");
        return new ServerOptions(
                addressOf(listen, beyondLoopback),
                directory,
                buckets,
                accessLog,
                variable(environment, own ? "BLOCKRING_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"),
                variable(environment, own ? "BLOCKRING_SECRET_KEY" : "AWS_SECRET_ACCESS_KEY"),
                exitWithStdin);
    }

    @Override
    public String toString() {
        return "ServerOptions[" + listen + ", " + directory + ", " + buckets + "]";
    }

    private static String valueOf(String option, Deque<String> rest) {
        String value = rest.poll();
        if (value == null) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return value;
    }

    private static String variable(Map<String, String> environment, String name) {
        String value = environment.getOrDefault(name, "");
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set");
        }
        return value;
    }

    private static InetSocketAddress addressOf(String listen, boolean beyondLoopback) {
        int colon = listen.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("--listen is host:port, not '" + listen + "'");
        }
        try {
            InetAddress host = InetAddress.getByName(listen.substring(0, colon));
            if (!host.isLoopbackAddress() && !beyondLoopback) {
                throw new IllegalArgumentException("not loopback: " + listen
                        + "; its traffic is not encrypted: add --listen-beyond-loopback if others shall reach it");
            }
            return new InetSocketAddress(host, Integer.parseInt(listen.substring(colon + 1)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("unknown host in --listen " + listen, e);
        }
    }
}
