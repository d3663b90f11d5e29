package io.blockring.group;

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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Turns records and states into bytes and back.
 *
 * <p>They are JSON, so that an administrator can read a log with any S3 client. Hashes and authentication are over the
 * stored bytes, which nobody ever writes anew; that spares a canonical form. Fields that a version does not know are
 * passed over.
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
            checkFormat(tree, "record " + number);
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
        return write(new StoredState(LogRecord.FORMAT, state));
    }

    static GroupState decodeState(String what, byte[] stored) throws GroupLogException {
        try {
            JsonNode tree = JSON.readTree(stored);
            checkFormat(tree, what);
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

    private record StoredState(int format, GroupState state) {}

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
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written: " + value, e);
        }
    }

    private static void checkFormat(JsonNode tree, String what) throws GroupLogException {
        int format = tree.path("format").asInt();
        if (format > LogRecord.FORMAT) {
            throw new GroupLogException(
                    Kind.TOO_NEW,
                    what + " of the group log has format " + format + ", this version knows " + LogRecord.FORMAT);
        }
        if (format < 1) {
            throw new GroupLogException(Kind.BROKEN, what + " of the group log is no record of a group");
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
