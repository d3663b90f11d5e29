package io.blockring.meta.redis;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which chunks an inode has: their keys have no order, so each is asked for, or, where they would be many, all keys. */
final class ChunkSearch {
    /** Chunks asked for in one round trip. */
    private static final int AT_ONCE = 1000;

    /** From as many chunks on, a walk over all keys of the volume costs less. */
    private static final int ASK_AT_MOST = 1_000_000;

    private static final int KEYS_AT_ONCE = 10_000;

    private final RedisLink link;
    private final RedisKeys keys;

    ChunkSearch(RedisLink link, RedisKeys keys) {
        this.link = link;
        this.keys = keys;
    }

    List<Integer> find(long inode, int from, int bound, int limit) throws FileError {
        if (areMany(from, bound)) {
            return walkKeys(inode, from, bound).stream().limit(limit).toList();
        }
        var found = new ArrayList<Integer>();
        for (int next = from; next < bound && found.size() < limit; next += AT_ONCE) {
            found.addAll(ask(inode, next, (int) Math.min(bound, next + (long) AT_ONCE)));
        }
        return found.subList(0, Math.min(found.size(), limit));
    }

    List<Integer> findLast(long inode, int from, int bound, int limit) throws FileError {
        List<Integer> found = new ArrayList<>();
        if (areMany(from, bound)) {
            found.addAll(walkKeys(inode, from, bound));
        } else {
            for (int end = bound; end > from && found.size() < limit; end -= AT_ONCE) {
                found.addAll(0, ask(inode, Math.max(from, end - AT_ONCE), end));
            }
        }
        return found.subList(Math.max(0, found.size() - limit), found.size());
    }

    private static boolean areMany(int from, int bound) {
        return bound - (long) from > ASK_AT_MOST;
    }

    private List<Integer> ask(long inode, int from, int to) throws FileError {
        var questions = new ArrayList<Command>();
        for (int chunk = from; chunk < to; chunk++) {
            questions.add(Command.of("EXISTS", keys.chunk(inode, chunk)));
        }
        List<@Nullable Object> answers = link.ask(questions);
        var found = new ArrayList<Integer>();
        for (int i = 0; i < answers.size(); i++) {
            if (Answers.number(answers.get(i)) > 0) {
                found.add(from + i);
            }
        }
        return found;
    }

    private SortedSet<Integer> walkKeys(long inode, int from, int bound) throws FileError {
        byte[] pattern = keys.anyChunk(inode);
        var found = new TreeSet<Integer>();
        byte[] cursor = RedisKeys.number(0);
        do {
            Object answer = link.ask(Command.of("SCAN", cursor, RedisKeys.bytes("MATCH"), pattern)
                    .text("COUNT")
                    .number(KEYS_AT_ONCE));
            List<@Nullable Object> step = decode("step of a walk", pattern, answer, Answers::objects);
            cursor = Answers.bytes(step.getFirst());
            for (byte[] key : Answers.list(step.getLast())) {
                int chunk = decode("chunk", key, key, RedisKeys::chunkOf);
                if (chunk >= from && chunk < bound) {
                    found.add(chunk);
                }
            }
        } while (Answers.number(cursor) != 0);
        return found;
    }
}
