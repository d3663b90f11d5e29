package io.blockring.meta.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.blockring.meta.FileError;
import io.blockring.meta.testing.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that is in a database of Redis. */
public final class RedisDump {
    /** A key's type, as the command TYPE calls it, and its elements: fields and values, members and scores, ... */
    public record Value(String type, List<byte[]> elements) {
        public Value {
            elements = List.copyOf(elements);
        }
    }

    private RedisDump() {}

    /** By key, one character for each byte. */
    static Map<String, Value> read(RedisLink link) throws FileError {
        var dump = new TreeMap<String, Value>();
        for (byte[] key : Answers.list(link.ask(Command.of("KEYS", RedisKeys.bytes("*"))))) {
            String type = new String(Answers.bytes(link.ask(Command.of("TYPE", key))), ISO_8859_1);
            Object answer = link.ask(
                    switch (type) {
                        case "string" -> Command.of("GET", key);
                        case "hash" -> Command.of("HGETALL", key);
                        case "list" -> Command.of("LRANGE", key).number(0).number(-1);
                        case "set" -> Command.of("SMEMBERS", key);
                        case "zset" ->
                            Command.of("ZRANGE", key).number(0).number(-1).text("WITHSCORES");
                        default -> throw new IllegalStateException("no such type: " + type);
                    });
            List<byte[]> elements = answer instanceof byte[] string ? List.of(string) : Answers.list(answer);
            dump.put(new String(key, ISO_8859_1), new Value(type, new ArrayList<>(elements)));
        }
        return dump;
    }

    /** Puts keys into a database. */
    public static void load(RedisServer server, int database, Map<String, Value> dump) throws FileError {
        RedisUrl url = RedisUrl.parse(server.url(database).toString(), Map.of());
        try (RedisLink link = RedisVolumes.link(url, Map.of())) {
            write(link, dump);
        }
    }

    private static void write(RedisLink link, Map<String, Value> dump) throws FileError {
        for (Map.Entry<String, Value> entry : dump.entrySet()) {
            byte[] key = entry.getKey().getBytes(ISO_8859_1);
            List<byte[]> elements = entry.getValue().elements();
            switch (entry.getValue().type()) {
                case "string" -> link.ask(Command.of("SET", key).bytes(elements.getFirst()));
                case "hash" -> link.ask(all("HSET", key, elements));
                case "list" -> link.ask(all("RPUSH", key, elements));
                case "set" -> link.ask(all("SADD", key, elements));
                case "zset" -> {
                    for (int i = 0; i < elements.size(); i += 2) {
                        link.ask(Command.of("ZADD", key)
                                .bytes(elements.get(i + 1))
                                .bytes(elements.get(i)));
                    }
                }
                default ->
                    throw new IllegalStateException(
                            "no such type: " + entry.getValue().type());
            }
        }
    }

    private static Command all(String name, byte[] key, List<byte[]> elements) {
        Command command = Command.of(name, key);
        elements.forEach(command::bytes);
        return command;
    }
}
