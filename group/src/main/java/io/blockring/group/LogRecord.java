package io.blockring.group;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import java.util.UUID;

/**
 * One record of a group log, as it is stored: a JSON object on one line.
 *
 * <pre>
 * {"format":1,                what this drawing is
 *  "number":17,               its place, also in its key
 *  "previous":"9f86d0...",    SHA-256 of the stored bytes of record 16; 64 zeros in the first record
 *  "writer":"UUID",           who wrote it
 *  "nonce":"4b1d...",         128 random bits: how a writer knows its record again
 *  "kind":"node.declared",    what the payload is; an unknown one is passed over
 *  "payload":{...},           see {@link Change}
 *  "keyId":"",                with which key the mac is made; empty: without one
 *  "mac":"2c26b4..."}         over the stored bytes with an empty mac, so it stays last; without a key their SHA-256,
 *                             which shows damage but keeps no forger out
 * </pre>
 *
 * <p>Below a snapshot a record may be replaced by its tombstone: the same with the kind {@code tombstone} and {@code
 * {"hash": SHA-256 of the record}} for a payload. So its number stays taken, its writer still knows it, and the chain of
 * hashes goes on.
 */
@JsonPropertyOrder({"format", "number", "previous", "writer", "nonce", "kind", "payload", "keyId", "mac"})
record LogRecord(
        int format,
        long number,
        String previous,
        UUID writer,
        String nonce,
        String kind,
        JsonNode payload,
        String keyId,
        String mac) {
    static final int FORMAT = 1;
    static final String TOMBSTONE = "tombstone";
    static final String NO_HASH = "0".repeat(64);

    LogRecord {
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(writer, "writer");
        Objects.requireNonNull(nonce, "nonce");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(mac, "mac");
        if (number < 1) {
            throw new IllegalArgumentException("records are numbered from 1 on, not " + number);
        }
    }

    boolean isTombstone() {
        return kind.equals(TOMBSTONE);
    }
}
