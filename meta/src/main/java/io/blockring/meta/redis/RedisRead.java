package io.blockring.meta.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A read whose answer a commit can check. Keys and fields are kept as text of one character for each byte, so that two
 * reads of the same record are equal.
 */
record RedisRead(Kind kind, String key, String field) {
    enum Kind {
        STRING,
        FIELD,
        LIST,
        HASH,
        /** Whether a hash has any field. */
        SIZE,
        /** A string of which the commit checks all but times and links: see {@code commit.lua}. */
        DIRECTORY
    }

    private static final int DIRECTORY_HEAD = 11;
    private static final int DIRECTORY_TAIL = 51;

    static RedisRead string(byte[] key) {
        return new RedisRead(Kind.STRING, new String(key, ISO_8859_1), "");
    }

    static RedisRead field(byte[] key, byte[] field) {
        return new RedisRead(Kind.FIELD, new String(key, ISO_8859_1), new String(field, ISO_8859_1));
    }

    static RedisRead list(byte[] key) {
        return new RedisRead(Kind.LIST, new String(key, ISO_8859_1), "");
    }

    static RedisRead hash(byte[] key) {
        return new RedisRead(Kind.HASH, new String(key, ISO_8859_1), "");
    }

    static RedisRead size(byte[] key) {
        return new RedisRead(Kind.SIZE, new String(key, ISO_8859_1), "");
    }

    byte[] keyBytes() {
        return key.getBytes(ISO_8859_1);
    }

    Command command() {
        return switch (kind) {
            case STRING, DIRECTORY -> Command.of("GET").bytes(keyBytes());
            case FIELD -> Command.of("HGET").bytes(keyBytes()).bytes(field.getBytes(ISO_8859_1));
            case LIST -> Command.of("LRANGE").bytes(keyBytes()).number(0).number(-1);
            case HASH -> Command.of("HGETALL").bytes(keyBytes());
            case SIZE -> Command.of("HLEN").bytes(keyBytes());
        };
    }

    /** Adds to {@code commit} the check that the answer is still {@code answer}. */
    void check(Command commit, @Nullable Object answer) {
        switch (kind) {
            case STRING -> checkString(commit, (byte[]) answer);
            case DIRECTORY -> checkDirectory(commit, (byte[]) answer);
            case FIELD -> checkField(commit, (byte[]) answer);
            case LIST -> commit.text("list").bytes(keyBytes()).bytes(concat(Answers.list(answer)));
            case HASH -> checkHash(commit, Answers.list(answer));
            case SIZE -> {
                // One that has entries may have others by then: whoever asks only goes on when there are none.
                if (Answers.number(answer) == 0) {
                    commit.text("not").bytes(keyBytes());
                }
            }
        }
    }

    private void checkString(Command commit, byte @Nullable [] answer) {
        if (answer == null) {
            commit.text("not").bytes(keyBytes());
        } else {
            commit.text("is").bytes(keyBytes()).bytes(answer);
        }
    }

    private void checkDirectory(Command commit, byte @Nullable [] answer) {
        if (answer == null || answer.length < DIRECTORY_TAIL) {
            checkString(commit, answer);
            return;
        }
        commit.text("directory")
                .bytes(keyBytes())
                .bytes(java.util.Arrays.copyOf(answer, DIRECTORY_HEAD))
                .bytes(java.util.Arrays.copyOfRange(answer, DIRECTORY_TAIL, answer.length));
    }

    private void checkField(Command commit, byte @Nullable [] answer) {
        byte[] name = field.getBytes(ISO_8859_1);
        if (answer == null) {
            commit.text("nofield").bytes(keyBytes()).bytes(name);
        } else {
            commit.text("field").bytes(keyBytes()).bytes(name).bytes(answer);
        }
    }

    private void checkHash(Command commit, List<byte[]> fieldsAndValues) {
        commit.text("hash").bytes(keyBytes()).number(fieldsAndValues.size() / 2);
        fieldsAndValues.forEach(commit::bytes);
    }

    private static byte[] concat(List<byte[]> elements) {
        var all = new ByteArrayOutputStream();
        elements.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
