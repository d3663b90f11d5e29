package io.blockring.meta.redis;

import io.blockring.meta.RangeLock;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tables of locks as hashes, and for each session a set of the keys of those that it is in. */
final class RedisLocks {
    private final RedisKeys keys;

    RedisLocks(RedisKeys keys) {
        this.keys = keys;
    }

    RedisRead read(LockedInode inode) {
        return RedisRead.hash(keys.locks(inode));
    }

    static Map<LockOwner, List<RangeLock>> table(LockKind kind, @Nullable Object answer) {
        List<byte[]> fields = Answers.list(answer);
        var locks = new LinkedHashMap<LockOwner, List<RangeLock>>();
        for (int i = 0; i < fields.size(); i += 2) {
            locks.put(RedisKeys.lockOwner(fields.get(i)), LockCodec.locks(kind, fields.get(i + 1)));
        }
        return locks;
    }

    /** What the server answers when it has this table. */
    static List<byte[]> answer(LockKind kind, Map<LockOwner, List<RangeLock>> locks) {
        var fields = new ArrayList<byte[]>(locks.size() * 2);
        locks.forEach((owner, own) -> {
            fields.add(RedisKeys.lockOwner(owner));
            fields.add(LockCodec.locks(kind, own));
        });
        return fields;
    }

    /** The commands that make one table of another. */
    List<Command> changes(
            LockedInode inode, Map<LockOwner, List<RangeLock>> before, Map<LockOwner, List<RangeLock>> after) {
        byte[] key = keys.locks(inode);
        var commands = new ArrayList<Command>();
        var joining = new HashSet<Long>();
        before.keySet().stream()
                .filter(owner -> !after.containsKey(owner))
                .forEach(owner -> commands.add(Command.of("HDEL", key, RedisKeys.lockOwner(owner))));
        after.forEach((owner, own) -> {
            if (!own.equals(before.get(owner))) {
                byte[] value = LockCodec.locks(inode.kind(), own);
                commands.add(Command.of("HSET", key, RedisKeys.lockOwner(owner), value));
                joining.add(owner.session());
            }
        });
        joining.forEach(session -> commands.add(Command.of("SADD", keys.locked(session), key)));
        Set<Long> left = sessions(before);
        left.removeAll(sessions(after));
        left.forEach(session -> commands.add(Command.of("SREM", keys.locked(session), key)));
        return commands;
    }

    private static Set<Long> sessions(Map<LockOwner, List<RangeLock>> locks) {
        var sessions = new HashSet<Long>();
        locks.keySet().forEach(owner -> sessions.add(owner.session()));
        return sessions;
    }
}
