package io.blockring.meta.keyvalue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.meta.redis.RedisDump;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What JuiceFS 1.0.2 left in etcd and in Redis after each step of OPERATIONS.txt, and the objects that it wrote. */
public final class Fixture {
    /** Steps in their order; the last is the state after everything was read back. */
    public static final List<String> STEPS = List.of(
            "00-format",
            "01-session",
            "02-mkdir",
            "03-create-empty",
            "04-create-1k",
            "05-create-10m",
            "06-create-70m",
            "07-append-5000",
            "08-overwrite-middle",
            "09-write-hole",
            "10-rename",
            "11-rename-dir",
            "12-symlink",
            "13-xattr",
            "14-xattr-remove",
            "15-chmod-chown-utime",
            "16-truncate-shrink",
            "17-truncate-grow",
            "18-truncate-grow-chunks",
            "19-concat",
            "20-unlink-open",
            "21-close-unlinked",
            "22-unlink-trash",
            "23-rmdir-nonempty",
            "24-rmr",
            "25-many",
            "26-unicode-names",
            "final");

    private static final ObjectMapper JSON = new ObjectMapper();

    private Fixture() {}

    /** All keys and values after a step, in the order of their bytes. */
    public static SortedMap<byte[], byte[]> records(String step) {
        JsonNode root = json("etcd", step + ".json");
        var records = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        JsonNode keys = root.has("keys") ? root.get("keys") : root;
        keys.properties()
                .forEach(entry -> records.put(
                        bytes(entry.getKey()), bytes(entry.getValue().asText())));
        return records;
    }

    /** What it left in Redis after the same step: keys, their types and elements. */
    public static Map<String, RedisDump.Value> redis(String step) {
        return redis("redis", step);
    }

    /** The same of another of the volumes in Redis: {@code redis-lz4-256k}, {@code redis-zstd-256k}. */
    public static Map<String, RedisDump.Value> redis(String volume, String step) {
        JsonNode root = json(volume, step + ".json");
        var dump = new TreeMap<String, RedisDump.Value>();
        for (Map.Entry<String, JsonNode> key : (root.has("keys") ? root.get("keys") : root).properties()) {
            JsonNode value = key.getValue().get("value");
            var elements = new ArrayList<byte[]>();
            if (value.isTextual()) {
                elements.add(bytes(value.asText()));
            } else if (value.isArray()) {
                value.forEach(element -> elements.add(bytes(element.asText())));
            } else {
                value.properties().forEach(field -> {
                    elements.add(bytes(field.getKey()));
                    elements.add(bytes(field.getValue().asText()));
                });
            }
            dump.put(
                    new String(bytes(key.getKey()), StandardCharsets.ISO_8859_1),
                    new RedisDump.Value(key.getValue().get("type").asText(), elements));
        }
        return dump;
    }

    public static JsonNode readBack() {
        return readBack("etcd");
    }

    /** Lengths and SHA-256 of the files and objects of a volume, by path. */
    public static JsonNode readBack(String volume) {
        return json(volume, "read-back.json");
    }

    /** A ZIP archive of the objects of a volume in Redis that are small enough to be kept. */
    public static byte[] smallObjects(String volume) {
        return resource(volume, "objects.zip");
    }

    /** The bytes of an object that is small enough to be part of the fixture. */
    public static byte[] smallObject(String key) {
        return resource("etcd", "objects/" + key);
    }

    public static List<String> operations() {
        return new String(resource("etcd", "OPERATIONS.txt"), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /** The bytes that the fixture's writer puts at offset {@code from} of its stream {@code stream}. */
    public static byte[] pattern(int stream, long from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            long at = from + i;
            bytes[i] = (byte) (at * 31 + at / 251 + stream);
        }
        return bytes;
    }

    private static JsonNode json(String engine, String name) {
        try {
            return JSON.readTree(resource(engine, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] resource(String engine, String name) {
        try (InputStream in = Fixture.class.getResourceAsStream("/juicefs/" + engine + "/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no such file in the fixture: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Printable ASCII stands for itself; any other byte is written as a backslash, x and two digits. */
    private static byte[] bytes(String text) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                out.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
                i += 3;
            } else {
                out.write(text.charAt(i));
            }
        }
        return out.toByteArray();
    }
}
