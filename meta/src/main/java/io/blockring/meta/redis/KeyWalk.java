package io.blockring.meta.redis;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the keys of one form, with what is under each, by SCAN. The cursor of one server means nothing to another:
 * when one takes the place of the other during the walk, it fails rather than leave keys out.
 */
final class KeyWalk<T> implements MetaScan<T> {
    private static final int AT_ONCE = 1000;
    private static final String RUN_ID = "run_id:";

    /** Makes a record of a key and of what the server answered for it. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(byte[] key, Object answer);
    }

    private final RedisLink link;
    private final byte[] pattern;
    private final Predicate<byte[]> wanted;
    private final Function<byte[], RedisRead> read;
    private final Decoder<T> decoder;
    private byte[] cursor = RedisKeys.number(0);
    private @Nullable String server;
    private boolean ended;

    /**
     * Begins a walk.
     *
     * @param pattern what SCAN matches; {@code wanted} tells the keys among those
     */
    KeyWalk(
            RedisLink link,
            byte[] pattern,
            Predicate<byte[]> wanted,
            Function<byte[], RedisRead> read,
            Decoder<T> decoder) {
        this.link = link;
        this.pattern = pattern;
        this.wanted = wanted;
        this.read = read;
        this.decoder = decoder;
    }

    @Override
    public List<T> next() throws FileError {
        var records = new ArrayList<T>();
        if (server == null) {
            server = runId();
        }
        while (!ended && records.isEmpty()) {
            records.addAll(records(step()));
            if (ended && !runId().equals(server)) {
                throw new FileError(FileError.Kind.IO, "another Redis server took the place of the one being walked");
            }
        }
        return records;
    }

    private List<byte[]> step() throws FileError {
        Object answer = link.ask(Command.of("SCAN", cursor, RedisKeys.bytes("MATCH"), pattern)
                .text("COUNT")
                .number(AT_ONCE));
        List<@Nullable Object> step = decode("step of a walk", pattern, answer, Answers::objects);
        cursor = Answers.bytes(step.getFirst());
        ended = Answers.number(cursor) == 0;
        return Answers.list(step.getLast()).stream().filter(wanted).toList();
    }

    /** What went meanwhile is left out. */
    private List<T> records(List<byte[]> keys) throws FileError {
        var records = new ArrayList<T>();
        if (keys.isEmpty()) {
            return records;
        }
        List<@Nullable Object> answers =
                link.ask(keys.stream().map(key -> read.apply(key).command()).toList());
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            Object answer = answers.get(i);
            if (answer != null && !(answer instanceof List<?> list && list.isEmpty())) {
                records.add(decode("record", key, answer, found -> decoder.decode(key, found)));
            }
        }
        return records;
    }

    private String runId() throws FileError {
        Object answer = link.ask(Command.of("INFO").text("server"));
        String info = new String(Answers.bytes(answer), StandardCharsets.US_ASCII);
        return info.lines()
                .filter(line -> line.startsWith(RUN_ID))
                .findFirst()
                .orElseThrow(() -> new FileError(FileError.Kind.IO, "the Redis server does not say which one it is"));
    }
}
