package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The log of a group as it lies in the folder of its bucket: read as anybody could, without the product. */
record StoredLog(List<Entry> entries) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NO_HASH = "0".repeat(64);

    /**
     * One record.
     *
     * @param hash of the record, also when a tombstone stands in its place
     */
    record Entry(String key, JsonNode record, String hash) {
        long number() {
            return record.path("number").asLong();
        }

        String kind() {
            return record.path("kind").asText();
        }

        JsonNode payload() {
            return record.path("payload");
        }

        boolean isTombstone() {
            return kind().equals("tombstone");
        }
    }

    /** All records now. */
    static StoredLog read(Path bucket, String group) throws IOException {
        try (Stream<Path> files = Files.list(bucket.resolve(group).resolve("log"))) {
            List<Entry> entries = new ArrayList<>();
            for (Path file : files.filter(StoredLog::isRecord).sorted().toList()) {
                byte[] stored = Files.readAllBytes(file);
                JsonNode record = JSON.readTree(stored);
                boolean isTombstone = record.path("kind").asText().equals("tombstone");
                String hash = isTombstone ? record.path("payload").path("hash").asText() : hash(stored);
                entries.add(new Entry(file.getFileName().toString(), record, hash));
            }
            return new StoredLog(List.copyOf(entries));
        }
    }

    /** Files that are being written have other names. */
    private static boolean isRecord(Path file) {
        return file.getFileName().toString().matches("[0-9]{20}");
    }

    private static String hash(byte[] stored) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(stored));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Fails unless each record names the one before it, and no number and no nonce is there twice or left out. */
    StoredLog checkOneLineage() {
        String previous = NO_HASH;
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            assertThat(entry.key()).isEqualTo("%020d".formatted(i + 1));
            assertThat(entry.number()).isEqualTo(i + 1);
            assertThat(entry.record().path("previous").asText())
                    .as("what record " + entry.number() + " names as the one before it")
                    .isEqualTo(previous);
            assertThat(nonces.add(entry.record().path("nonce").asText()))
                    .as("record " + entry.number() + " is new")
                    .isTrue();
            previous = entry.hash();
        }
        return this;
    }

    List<Entry> ofKind(String kind) {
        return entries.stream().filter(entry -> entry.kind().equals(kind)).toList();
    }

    /** The record with that number. */
    Entry at(long number) {
        return entries.get((int) number - 1);
    }

    long lastNumber() {
        return entries.size();
    }

    /** Those behind that number. */
    StoredLog since(long number) {
        return new StoredLog(entries.subList((int) number, entries.size()));
    }
}
