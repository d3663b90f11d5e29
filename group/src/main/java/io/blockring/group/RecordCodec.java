package io.blockring.group;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.blockring.group.Change.EpochPublished;
import io.blockring.group.Change.GroupCreated;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import io.blockring.group.Change.SettingsChanged;
import io.blockring.group.Change.Unknown;
import io.blockring.group.Change.VolumeAdded;
import io.blockring.group.Change.VolumeMoved;
import io.blockring.group.Change.VolumeRemoved;
import io.blockring.group.Change.VolumeRestored;
import io.blockring.group.GroupLogException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Turns records and states into bytes and back.
 *
 * <p>They are JSON, so that an administrator can read a log with any S3 client. Hashes and macs are over the stored
 * bytes, which nobody ever writes anew; that spares a canonical form. Fields that a version does not know are passed
 * over. A damaged record must be noticed by who reads it: he would name its hash in the next one.
 */
final class RecordCodec {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Map<String, Class<? extends Change>> KINDS = Map.of(
            "group.created", GroupCreated.class,
            "group.settings", SettingsChanged.class,
            "node.declared", NodeDeclared.class,
            "node.turned", NodesTurned.class,
            "epoch", EpochPublished.class,
            "volume.added", VolumeAdded.class,
            "volume.moved", VolumeMoved.class,
            "volume.restored", VolumeRestored.class,
            "volume.removed", VolumeRemoved.class);

    /** What stands behind the mac. */
    private static final String END = "\"}";

    private static final int MAC_DIGITS = 64;

    private RecordCodec() {}

    /** The bytes of a new record that goes behind the last one of {@code state}. */
    static byte[] encode(GroupState state, UUID writer, String nonce, Change change) {
        return write(new LogRecord(
                LogRecord.FORMAT,
                state.number() + 1,
                state.hash(),
                writer,
                nonce,
                kind(change),
                JSON.valueToTree(change),
                "",
                ""));
    }

    private static String kind(Change change) {
        return KINDS.entrySet().stream()
                .filter(entry -> entry.getValue().equals(change.getClass()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("nobody writes " + change))
                .getKey();
    }

    /** The tombstone of a record with these stored bytes. */
    static byte[] tombstone(LogRecord record, byte[] stored) {
        return write(new LogRecord(
                LogRecord.FORMAT,
                record.number(),
                record.previous(),
                record.writer(),
                record.nonce(),
                LogRecord.TOMBSTONE,
                JSON.createObjectNode().put("hash", hash(stored)),
                "",
                ""));
    }

    /** The record that was stored under {@code number}. */
    static LogRecord decode(long number, byte[] stored) throws GroupLogException {
        LogRecord record;
        try {
            JsonNode tree = JSON.readTree(stored);
            check(tree, "record " + number, stored);
            record = JSON.treeToValue(tree, LogRecord.class);
        } catch (IOException e) {
            throw unreadable("record " + number, e);
        }
        if (record == null || record.number() != number) {
            throw new GroupLogException(
                    Kind.BROKEN, "record " + number + " of the group log is " + (record == null ? "empty" : "another"));
        }
        return record;
    }

    static Change change(LogRecord record) throws GroupLogException {
        Class<? extends Change> type = KINDS.get(record.kind());
        if (type == null) {
            return new Unknown(record.kind());
        }
        try {
            return JSON.treeToValue(record.payload(), type);
        } catch (JacksonException e) {
            throw unreadable("record " + record.number(), e);
        }
    }

    static byte[] encode(GroupState state) {
        return write(new StoredState(LogRecord.FORMAT, state, "", ""));
    }

    static GroupState decodeState(String what, byte[] stored) throws GroupLogException {
        try {
            JsonNode tree = JSON.readTree(stored);
            check(tree, what, stored);
            GroupState state = JSON.treeToValue(tree, StoredState.class).state();
            if (state == null) {
                throw new GroupLogException(Kind.BROKEN, what + " has no state");
            }
            return state;
        } catch (GroupLogException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(what, e);
        }
    }

    /** A snapshot: checked in the same way as a record. */
    @JsonPropertyOrder({"format", "state", "keyId", "mac"})
    private record StoredState(int format, GroupState state, String keyId, String mac) {}

    /** SHA-256 of stored bytes, in hexadecimal digits. */
    static String hash(byte[] stored) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(stored));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The hash of a record, or of the one that a tombstone stands for. */
    static String hashOfRecord(long number, byte[] stored) throws GroupLogException {
        LogRecord record = decode(number, stored);
        return record.isTombstone() ? record.payload().path("hash").asText() : hash(stored);
    }

    private static byte[] write(Object value) {
        try {
            return seal(JSON.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written: " + value, e);
        }
    }

    /** Puts the digest into bytes that end with an empty mac. */
    static byte[] seal(byte[] open) {
        byte[] mac = (hash(open) + END).getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = Arrays.copyOf(open, open.length + mac.length - END.length());
        System.arraycopy(mac, 0, sealed, open.length - END.length(), mac.length);
        return sealed;
    }

    private static boolean isSealed(byte[] stored) {
        int macAt = Math.max(0, stored.length - MAC_DIGITS - END.length());
        byte[] open = Arrays.copyOf(stored, macAt + END.length());
        System.arraycopy(END.getBytes(StandardCharsets.US_ASCII), 0, open, macAt, END.length());
        return Arrays.equals(seal(open), stored);
    }

    private static void check(JsonNode tree, String what, byte[] stored) throws GroupLogException {
        int format = tree.path("format").asInt();
        if (format < 1) {
            throw new GroupLogException(Kind.BROKEN, what + " of the group log is no record of a group");
        }
        if (format > LogRecord.FORMAT || !tree.path("keyId").asText().isEmpty()) {
            throw new GroupLogException(
                    Kind.TOO_NEW,
                    what + " of the group log has format " + format + " and key '"
                            + tree.path("keyId").asText() + "'; this version knows format " + LogRecord.FORMAT
                            + " and no keys");
        }
        if (!isSealed(stored)) {
            throw new GroupLogException(
                    Kind.BROKEN, what + " of the group log is damaged: its bytes and its mac do not fit");
        }
    }

    private static GroupLogException unreadable(String what, IOException cause) {
        if (cause instanceof GroupLogException known) {
            return known;
        }
        return new GroupLogException(
                Kind.BROKEN, what + " of the group log cannot be read: " + firstLine(cause.getMessage()), cause);
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }
}
