package io.blockring.meta.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The keys, fields and members of locks in Redis, as the volume format has them. */
class RedisLocksTest {
    private static final LockOwner OWNER = new LockOwner(12, 0xABL);
    private static final LockedInode WHOLE = new LockedInode(LockKind.WHOLE, 34);

    private static List<String> words(List<Command> commands) {
        return commands.stream()
                .map(command -> command.parts().stream()
                        .map(part -> new String(part, ISO_8859_1))
                        .reduce((a, b) -> a + " " + b)
                        .orElseThrow())
                .toList();
    }

    @Test
    void theFirstLockOfASessionIsNamedInItsSetAndTheLastTakesTheNameAway() {
        var locks = new RedisLocks(new RedisKeys(""));
        Map<LockOwner, List<RangeLock>> locked = Map.of(OWNER, List.of(RangeLock.whole(true)));
        assertThat(words(locks.changes(WHOLE, Map.of(), locked)))
                .containsExactly("HSET lockf34 12_00000000000000AB W", "SADD locked12 lockf34");
        assertThat(words(locks.changes(WHOLE, locked, Map.of())))
                .containsExactly("HDEL lockf34 12_00000000000000AB", "SREM locked12 lockf34");
    }

    @Test
    void inAClusterTheTagIsPartOfTheMember() {
        var keys = new RedisKeys("{3}");
        assertThat(new String(keys.locks(new LockedInode(LockKind.RANGES, 7)), ISO_8859_1))
                .isEqualTo("{3}lockp7");
        assertThat(keys.lockedInode("{3}lockp7".getBytes(ISO_8859_1))).isEqualTo(new LockedInode(LockKind.RANGES, 7));
    }

    @Test
    void whatIsNoOwnerIsRefused() {
        assertThatThrownBy(() -> RedisKeys.lockOwner("nobody".getBytes(ISO_8859_1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(RedisKeys.lockOwner("12_FFFFFFFFFFFFFFFE".getBytes(ISO_8859_1)))
                .isEqualTo(new LockOwner(12, -2));
    }

    @Test
    void aFreeLockIsTakenAndGivenBackWithOneQuestionEach() throws FileError {
        var link = new CountingLink();
        var engine = new RedisEngine(link, new RedisKeys(""));
        try (var transaction = engine.begin()) {
            transaction.assumeLocks(WHOLE, Map.of());
            transaction.putLocks(WHOLE, Map.of(OWNER, List.of(RangeLock.whole(true))));
            transaction.commit();
        }
        assertThat(link.asked).isZero();
        assertThat(link.committed).isEqualTo(1);
    }

    /** A server that agrees to all, and counts how often it is spoken to. */
    private static final class CountingLink implements RedisLink {
        private int asked;
        private int committed;

        @Override
        public List<@Nullable Object> ask(List<Command> commands) {
            asked++;
            throw new AssertionError("asked " + words(commands));
        }

        @Override
        public Committed commit(Command arguments) {
            committed++;
            return new Committed.Done(List.of(0L, 0L));
        }

        @Override
        public void close() {}
    }
}
