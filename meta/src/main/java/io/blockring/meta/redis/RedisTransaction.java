package io.blockring.meta.redis;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Stamp;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what it read and what it is to write. The commit is one script on the server, which writes only if all that
 * was read is still so: two transactions meet only where one changed what the other read, and not, as with WATCH, in
 * every directory that both add to.
 */
final class RedisTransaction extends RedisReads implements MetaTransaction {
    /** Slices of one RPUSH: the script cannot pass more than about 8,000 words to a command. */
    private static final int SLICES_AT_ONCE = 4000;

    /** Writes that only {@code commit.lua} knows; all others are commands of the server. */
    private static final String TOUCH = "touch";

    private static final String COUNT = "count";

    private record Blind(AfterCommit result, int write) {}

    private final RedisLink link;
    private final RedisKeys keys;
    private final RedisLocks locks;
    private final Map<RedisRead, Answer> seen = new LinkedHashMap<>();
    private final Set<String> touched = new HashSet<>();
    private final List<Command> writes = new ArrayList<>();
    private final List<Blind> blind = new ArrayList<>();
    private final List<Point> changed = new ArrayList<>();
    private @Nullable Witness witness;

    /** An answer, which may be that there is nothing. */
    private record Answer(@Nullable Object value) {}

    RedisTransaction(RedisLink link, RedisKeys keys, SortedListings listings) {
        super(link, keys, listings);
        this.link = link;
        this.keys = keys;
        this.locks = new RedisLocks(keys);
    }

    /** Asks only for what was not read before: a transaction sees each record as it first saw it. */
    @Override
    List<@Nullable Object> answers(List<RedisRead> reads) throws FileError {
        List<RedisRead> unknown = reads.stream()
                .filter(read -> !seen.containsKey(read))
                .distinct()
                .toList();
        if (!unknown.isEmpty()) {
            List<@Nullable Object> answers = super.answers(unknown);
            for (int i = 0; i < answers.size(); i++) {
                seen.put(unknown.get(i), new Answer(answers.get(i)));
            }
        }
        var answers = new ArrayList<@Nullable Object>(reads.size());
        for (RedisRead read : reads) {
            Answer answer = seen.get(read);
            answers.add(answer == null ? null : answer.value());
        }
        return answers;
    }

    @Override
    public void expect(Point... points) throws FileError {
        var reads = new ArrayList<RedisRead>(points.length);
        for (Point point : points) {
            reads.add(
                    switch (point) {
                        case Point.Attributes(long inode) -> RedisRead.string(keys.attr(inode));
                        case Point.Entry(long directory, Name name) ->
                            RedisRead.field(keys.children(directory), name.toBytes());
                        case Point.Slices(long inode, int chunk) -> RedisRead.list(keys.chunk(inode, chunk));
                    });
        }
        answers(reads);
    }

    private int call(Command write) {
        writes.add(write);
        return writes.size() - 1;
    }

    private AfterCommit blindly(Command write) {
        var result = new AfterCommit();
        blind.add(new Blind(result, call(write)));
        return result;
    }

    /** Ids were not given yet: Redis says so by the counters' absence. */
    @Override
    public void startCounters() {}

    @Override
    public void putSetting(byte[] json) {
        call(Command.of("SET", keys.setting(), json));
    }

    @Override
    public void putAttr(long inode, Attr attr) {
        changed.add(new Point.Attributes(inode));
        call(Command.of("SET", keys.attr(inode), AttrCodec.encode(attr)));
    }

    @Override
    public void touchDirectory(long inode, Attr read, int moreLinks, Timestamp now) {
        changed.add(new Point.Attributes(inode));
        byte[] key = keys.attr(inode);
        touched.add(RedisRead.string(key).key());
        call(Command.of(TOUCH, key, AttrCodec.encodeTwice(now)).number(moreLinks));
    }

    @Override
    public void deleteAttr(long inode) {
        changed.add(new Point.Attributes(inode));
        call(Command.of("DEL", keys.attr(inode)));
    }

    @Override
    public void putChild(long directory, Name name, Child child) {
        changed.add(new Point.Entry(directory, name));
        call(Command.of("HSET", keys.children(directory), name.toBytes(), ValueCodec.child(child)));
    }

    @Override
    public void deleteChild(long directory, Name name) {
        changed.add(new Point.Entry(directory, name));
        call(Command.of("HDEL", keys.children(directory), name.toBytes()));
    }

    @Override
    public void putSymlink(long inode, byte[] target) {
        call(Command.of("SET", keys.symlink(inode), target));
    }

    @Override
    public void deleteSymlink(long inode) {
        call(Command.of("DEL", keys.symlink(inode)));
    }

    @Override
    public void putXattr(long inode, Name name, byte[] value) {
        call(Command.of("HSET", keys.xattrs(inode), name.toBytes(), value));
    }

    @Override
    public void deleteXattr(long inode, Name name) {
        call(Command.of("HDEL", keys.xattrs(inode), name.toBytes()));
    }

    @Override
    public void deleteXattrs(long inode) {
        call(Command.of("DEL", keys.xattrs(inode)));
    }

    @Override
    public void addParent(long inode, long parent, long delta) {
        call(Command.of("HINCRBY", keys.parents(inode)).number(parent).number(delta));
    }

    @Override
    public void deleteParents(long inode) {
        call(Command.of("DEL", keys.parents(inode)));
    }

    @Override
    public AfterCommit appendSlices(long inode, int chunk, List<SliceRecord> slices) {
        changed.add(new Point.Slices(inode, chunk));
        byte[] key = keys.chunk(inode, chunk);
        AfterCommit length = new AfterCommit();
        for (int from = 0; from < slices.size(); from += SLICES_AT_ONCE) {
            length = blindly(push(key, slices.subList(from, Math.min(slices.size(), from + SLICES_AT_ONCE))));
        }
        return length;
    }

    private static Command push(byte[] key, List<SliceRecord> slices) {
        var push = Command.of("RPUSH", key);
        slices.forEach(slice -> push.bytes(ValueCodec.slices(List.of(slice))));
        return push;
    }

    @Override
    public void putSlices(long inode, int chunk, List<SliceRecord> slices) {
        call(Command.of("DEL", keys.chunk(inode, chunk)));
        appendSlices(inode, chunk, slices);
    }

    @Override
    public AfterCommit addReferences(SliceKey slice, long delta) {
        return blindly(Command.of("HINCRBY", keys.references(), RedisKeys.references(slice))
                .number(delta));
    }

    @Override
    public void markReferences(SliceKey slice) {
        call(Command.of("HSET", keys.references(), RedisKeys.references(slice)).number(0));
    }

    @Override
    public void deleteReferences(SliceKey slice) {
        call(Command.of("HDEL", keys.references(), RedisKeys.references(slice)));
    }

    @Override
    public void putDeletedFile(DeletedFile file) {
        call(Command.of("ZADD", keys.deletedFiles()).number(file.deletedAt()).bytes(RedisKeys.deletedFile(file)));
    }

    @Override
    public void deleteDeletedFile(DeletedFile file) {
        call(Command.of("ZREM", keys.deletedFiles(), RedisKeys.deletedFile(file)));
    }

    @Override
    public void putDelayedSlices(DelayedSlices slices) {
        call(Command.of(
                "HSET", keys.delayedSlices(), RedisKeys.delayedSlices(slices), ValueCodec.sliceKeys(slices.slices())));
    }

    @Override
    public void deleteDelayedSlices(DelayedSlices slices) {
        call(Command.of("HDEL", keys.delayedSlices(), RedisKeys.delayedSlices(slices)));
    }

    @Override
    public void putDetached(DetachedTree tree) {
        call(Command.of("ZADD", keys.detachedTrees()).number(tree.seenAt()).number(tree.inode()));
    }

    @Override
    public void deleteDetached(long inode) {
        call(Command.of("ZREM", keys.detachedTrees()).number(inode));
    }

    @Override
    public void putDirectoryStats(long directory, DirectoryStats stats) {
        byte[] field = RedisKeys.number(directory);
        call(Command.of("HSET", keys.directoryLength(), field).number(stats.length()));
        call(Command.of("HSET", keys.directorySpace(), field).number(stats.space()));
        call(Command.of("HSET", keys.directoryInodes(), field).number(stats.inodes()));
    }

    @Override
    public void addDirectoryStats(long directory, DirectoryStats more) {
        byte[] field = RedisKeys.number(directory);
        count(keys.directoryLength(), field, keys.directoryLength(), more.length());
        count(keys.directorySpace(), field, keys.directorySpace(), more.space());
        count(keys.directoryInodes(), field, keys.directoryInodes(), more.inodes());
    }

    /** Adds to a number if there is a record of its owner. */
    private void count(byte[] records, byte[] owner, byte[] numbers, long more) {
        if (more != 0) {
            call(Command.of(COUNT, records, owner, numbers).number(more));
        }
    }

    @Override
    public void deleteDirectoryStats(long directory) {
        byte[] field = RedisKeys.number(directory);
        call(Command.of("HDEL", keys.directoryLength(), field));
        call(Command.of("HDEL", keys.directorySpace(), field));
        call(Command.of("HDEL", keys.directoryInodes(), field));
    }

    @Override
    public void putQuota(QuotaOwner owner, Quota quota) {
        byte[] field = RedisKeys.owner(owner);
        call(Command.of("HSET", keys.limits(owner), field, ValueCodec.limits(quota)));
        call(Command.of("HSET", keys.usedSpace(owner), field).number(quota.usedSpace()));
        call(Command.of("HSET", keys.usedInodes(owner), field).number(quota.usedInodes()));
    }

    @Override
    public void addQuotaUse(QuotaOwner owner, long space, long inodes) {
        byte[] field = RedisKeys.owner(owner);
        if (!(owner instanceof QuotaOwner.Directory)) {
            var unlimited = new Quota(Quota.UNLIMITED, Quota.UNLIMITED, 0, 0);
            call(Command.of("HSETNX", keys.limits(owner), field, ValueCodec.limits(unlimited)));
        }
        count(keys.limits(owner), field, keys.usedSpace(owner), space);
        count(keys.limits(owner), field, keys.usedInodes(owner), inodes);
    }

    @Override
    public void deleteQuota(QuotaOwner owner) {
        byte[] field = RedisKeys.owner(owner);
        call(Command.of("HDEL", keys.limits(owner), field));
        call(Command.of("HDEL", keys.usedSpace(owner), field));
        call(Command.of("HDEL", keys.usedInodes(owner), field));
    }

    @Override
    public void putSession(SessionRecord session) {
        call(Command.of("ZADD", keys.sessionEnds()).number(session.expiresAt()).number(session.id()));
    }

    @Override
    public void putSessionInfo(long session, byte[] json) {
        call(Command.of("HSET", keys.sessionInfos()).number(session).bytes(json));
    }

    @Override
    public void deleteSession(long session) {
        call(Command.of("ZREM", keys.sessionEnds()).number(session));
        call(Command.of("HDEL", keys.sessionInfos()).number(session));
    }

    @Override
    public void putSustained(long session, long inode) {
        call(Command.of("SADD", keys.sustained(session)).number(inode));
    }

    @Override
    public void deleteSustained(long session, long inode) {
        call(Command.of("SREM", keys.sustained(session)).number(inode));
    }

    @Override
    public void putAcl(StoredAcl acl) {
        call(Command.of("HSET", keys.acls())
                .number(Integer.toUnsignedLong(acl.id()))
                .bytes(AclCodec.encode(acl.rule())));
    }

    @Override
    public void assumeLocks(LockedInode inode, Map<LockOwner, List<RangeLock>> table) {
        seen.putIfAbsent(locks.read(inode), new Answer(RedisLocks.answer(inode.kind(), table)));
    }

    @Override
    public void putLocks(LockedInode inode, Map<LockOwner, List<RangeLock>> table) throws FileError {
        locks.changes(inode, locks(inode), table).forEach(this::call);
    }

    @Override
    public void increment(Counter counter, long delta) {
        call(Command.of("INCRBY", keys.counter(counter)).number(delta));
    }

    /** What the stamp says; null when it was never set. */
    @Nullable
    Long stamp(Stamp stamp) throws FileError {
        Object answer = answers(List.of(RedisRead.string(keys.stamp(stamp)))).getFirst();
        return answer == null ? null : Answers.number(answer);
    }

    void putStamp(Stamp stamp, long value) {
        call(Command.of("SET", keys.stamp(stamp)).number(value));
    }

    @Override
    public List<Point> changed() {
        return changed;
    }

    @Override
    public void witness(Witness question) {
        witness = question;
    }

    @Override
    public @Nullable Witness witness() {
        return witness;
    }

    @Override
    public boolean holds() throws FileError {
        // Without an answer the reads are not to be blamed.
        return seen.isEmpty() || !(link.commit(script(List.of())) instanceof RedisLink.Committed.Refused);
    }

    @Override
    public CommitOutcome commit() throws FileError {
        if (writes.isEmpty()) {
            return CommitOutcome.COMMITTED;
        }
        return switch (link.commit(script(writes))) {
            case RedisLink.Committed.Done(List<Long> answers) -> {
                blind.forEach(one -> one.result().settle(answers.get(one.write())));
                yield CommitOutcome.COMMITTED;
            }
            case RedisLink.Committed.Refused _ -> CommitOutcome.CONFLICT;
            case RedisLink.Committed.Lost _ -> CommitOutcome.UNKNOWN;
        };
    }

    /** The key and the arguments of {@code commit.lua}. */
    private Command script(List<Command> writes) {
        // The one key leads to the server that has them all.
        var script = Command.nameless().number(1).bytes(keys.setting());
        seen.forEach((read, answer) -> checked(read).check(script, answer.value()));
        script.text("then");
        for (Command write : writes) {
            if (!write.name().equals(TOUCH) && !write.name().equals(COUNT)) {
                script.text("call").number(write.parts().size());
            }
            write.parts().forEach(script::bytes);
        }
        return script;
    }

    /** Others may touch a directory that this transaction touches too. */
    private RedisRead checked(RedisRead read) {
        return read.kind() == RedisRead.Kind.STRING && touched.contains(read.key())
                ? new RedisRead(RedisRead.Kind.DIRECTORY, read.key(), "")
                : read;
    }

    /** All of it is on the server; what blind writes came to stays unknown. */
    @Override
    public void wasMade() {}

    @Override
    public void close() {}
}
