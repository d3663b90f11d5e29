package io.blockring.meta.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.keyvalue.Fixture;
import io.blockring.meta.redis.RedisDump;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** A volume as JuiceFS 1.0.2 left it in Redis and in a folder, to be used as it is. */
public final class JuiceFsFixture {
    private static final int BLOCK_BYTES = 4 << 20;

    private JuiceFsFixture() {}

    /**
     * Puts the records into a database and the objects into a folder.
     *
     * @param name {@code redis}, {@code redis-lz4-256k} or {@code redis-zstd-256k}
     * @return length and SHA-256 of each file as JuiceFS read it, by the path
     */
    public static Map<String, String> load(String name, RedisServer server, int database, Path bucket)
            throws IOException, FileError {
        RedisDump.load(server, database, Fixture.redis(name, "final"));
        try (var zip = new ZipInputStream(new ByteArrayInputStream(Fixture.smallObjects(name)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                put(bucket.resolve(entry.getName()), zip.readAllBytes());
            }
        }
        JsonNode readBack = Fixture.readBack(name);
        for (Map.Entry<String, JsonNode> object : readBack.get("objects").properties()) {
            Path file = bucket.resolve(object.getKey());
            if (!Files.exists(file)) {
                put(file, largeObject(file.getFileName().toString()));
            }
        }
        var files = new TreeMap<String, String>();
        readBack.properties().stream()
                .filter(entry -> entry.getKey().startsWith("/"))
                .forEach(entry -> files.put(entry.getKey(), entry.getValue().asText()));
        return files;
    }

    private static void put(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** An object that is too large to be kept; its bytes follow from what the fixture's writer wrote. */
    private static byte[] largeObject(String name) {
        String[] parts = name.split("_", -1);
        long start = Integer.parseInt(parts[1]) * (long) BLOCK_BYTES;
        int length = Integer.parseInt(parts[2]);
        return switch (parts[0]) {
            case "2" -> Fixture.pattern(2, start, length);
            case "3" -> Fixture.pattern(3, start, length);
            case "5" -> Fixture.pattern(3, FileTree.CHUNK_BYTES + start, length);
            case "7" -> Fixture.pattern(9, 3_000_000 + start, length);
            default -> throw new IllegalStateException("an object nobody knows: " + name);
        };
    }
}
