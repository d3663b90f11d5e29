package io.blockring.meta.redis;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.Looked;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Typed reads over keys of Redis. */
class RedisReads implements MetaReads {
    private static final Script LOOK = Script.load("look.lua");

    private final RedisLink link;
    private final RedisKeys keys;
    private final SortedListings listings;
    private final ChunkSearch chunks;
    private final RedisLocks locks;

    RedisReads(RedisLink link, RedisKeys keys, SortedListings listings) {
        this.link = link;
        this.keys = keys;
        this.listings = listings;
        this.chunks = new ChunkSearch(link, keys);
        this.locks = new RedisLocks(keys);
    }

    /** The answers to {@code reads}, in one round trip. */
    List<@Nullable Object> answers(List<RedisRead> reads) throws FileError {
        return link.ask(reads.stream().map(RedisRead::command).toList());
    }

    private @Nullable Object answer(RedisRead read) throws FileError {
        return answers(List.of(read)).getFirst();
    }

    /** The record in an answer; null where there is none. */
    private <T> @Nullable T record(String what, RedisRead read, Function<byte[], T> decoder) throws FileError {
        Object answer = answer(read);
        return answer == null
                ? null
                : decode(what, read.keyBytes(), answer, bytes -> decoder.apply(Answers.bytes(bytes)));
    }

    @Override
    public byte @Nullable [] setting() throws FileError {
        return record("settings", RedisRead.string(keys.setting()), bytes -> bytes);
    }

    @Override
    public @Nullable Attr attr(long inode) throws FileError {
        return record("attributes", RedisRead.string(keys.attr(inode)), AttrCodec::decode);
    }

    @Override
    public List<@Nullable Attr> attrs(List<Long> inodes) throws FileError {
        List<RedisRead> reads =
                inodes.stream().map(inode -> RedisRead.string(keys.attr(inode))).toList();
        List<@Nullable Object> answers = reads.isEmpty() ? List.of() : answers(reads);
        var attrs = new ArrayList<@Nullable Attr>(inodes.size());
        for (int i = 0; i < reads.size(); i++) {
            Object answer = answers.get(i);
            attrs.add(
                    answer == null
                            ? null
                            : decode(
                                    "attributes",
                                    reads.get(i).keyBytes(),
                                    answer,
                                    bytes -> AttrCodec.decode(Answers.bytes(bytes))));
        }
        return attrs;
    }

    @Override
    public @Nullable Child child(long directory, Name name) throws FileError {
        return record("entry", RedisRead.field(keys.children(directory), name.toBytes()), ValueCodec::child);
    }

    @Override
    public List<Dentry> children(long directory, @Nullable Name after, int limit) throws FileError {
        return listings.children(directory, after, limit);
    }

    /** An entry that was replaced since it was listed costs a second round trip. */
    @Override
    public List<@Nullable Entry> entries(long directory, List<Dentry> listed) throws FileError {
        if (listed.isEmpty()) {
            return List.of();
        }
        byte[] key = keys.children(directory);
        var names = Command.of("HMGET", key);
        listed.forEach(entry -> names.bytes(entry.name().toBytes()));
        var attributes = Command.of("MGET");
        listed.forEach(entry -> attributes.bytes(keys.attr(entry.inode())));
        List<@Nullable Object> answers = link.ask(List.of(names, attributes));
        List<@Nullable Object> children = decode("entries", key, answers.getFirst(), Answers::objects);
        List<@Nullable Object> attrs = decode("attributes", key, answers.getLast(), Answers::objects);
        var entries = new ArrayList<@Nullable Entry>(listed.size());
        for (int i = 0; i < listed.size(); i++) {
            Object answer = children.get(i);
            Child child = answer == null
                    ? null
                    : decode("entry", key, answer, bytes -> ValueCodec.child(Answers.bytes(bytes)));
            boolean listedSo = child != null && child.inode() == listed.get(i).inode();
            entries.add(child == null ? null : entry(child.inode(), listedSo ? attrs.get(i) : ask(child.inode())));
        }
        return entries;
    }

    private @Nullable Object ask(long inode) throws FileError {
        return answer(RedisRead.string(keys.attr(inode)));
    }

    private @Nullable Entry entry(long inode, @Nullable Object attr) throws FileError {
        return attr == null
                ? null
                : new Entry(
                        inode,
                        decode("attributes", keys.attr(inode), attr, bytes -> AttrCodec.decode(Answers.bytes(bytes))));
    }

    /** A look at a name, in one round trip: see {@code look.lua}. */
    Looked look(long directory, Name name) throws FileError {
        byte[] key = keys.children(directory);
        Object answer = LOOK.ask(link, List.of(key, keys.attr(directory)), List.of(name.toBytes(), keys.attr()));
        List<@Nullable Object> seen = decode("look at an entry", key, answer, Answers::objects);
        Object found = seen.get(0);
        if (found == null) {
            Entry above = entry(directory, seen.get(2));
            return new Looked(null, above == null ? null : above.attr());
        }
        Child child = decode("entry", key, found, bytes -> ValueCodec.child(Answers.bytes(bytes)));
        Object attr = Answers.number(seen.get(1)) == 1 ? seen.get(2) : ask(child.inode());
        return new Looked(entry(child.inode(), attr), null);
    }

    @Override
    public boolean hasChildren(long directory) throws FileError {
        return number(RedisRead.size(keys.children(directory))) > 0;
    }

    @Override
    public byte @Nullable [] symlink(long inode) throws FileError {
        return record("symlink", RedisRead.string(keys.symlink(inode)), bytes -> bytes);
    }

    @Override
    public byte @Nullable [] xattr(long inode, Name name) throws FileError {
        return record("extended attribute", RedisRead.field(keys.xattrs(inode), name.toBytes()), bytes -> bytes);
    }

    @Override
    public List<Name> xattrNames(long inode) throws FileError {
        byte[] key = keys.xattrs(inode);
        return decode(
                "extended attributes",
                key,
                link.ask(Command.of("HKEYS", key)),
                answer ->
                        Answers.list(answer).stream().map(Name::stored).sorted().toList());
    }

    @Override
    public Map<Long, Long> parents(long inode) throws FileError {
        RedisRead read = RedisRead.hash(keys.parents(inode));
        return decode("counts of links", read.keyBytes(), answer(read), RedisReads::links);
    }

    private static Map<Long, Long> links(@Nullable Object answer) {
        List<byte[]> fields = Answers.list(answer);
        var parents = new TreeMap<Long, Long>();
        for (int i = 0; i < fields.size(); i += 2) {
            long count = Answers.number(fields.get(i + 1));
            if (count > 0) {
                parents.put(Answers.number(fields.get(i)), count);
            }
        }
        return parents;
    }

    @Override
    public List<SliceRecord> slices(long inode, int chunk) throws FileError {
        RedisRead read = RedisRead.list(keys.chunk(inode, chunk));
        return decode("slices", read.keyBytes(), answer(read), RedisReads::slices);
    }

    static List<SliceRecord> slices(@Nullable Object answer) {
        var slices = new ArrayList<SliceRecord>();
        Answers.list(answer).forEach(element -> slices.addAll(ValueCodec.slices(element)));
        return slices;
    }

    @Override
    public List<Integer> chunks(long inode, int from, int bound, int limit) throws FileError {
        return chunks.find(inode, from, bound, limit);
    }

    @Override
    public List<Integer> lastChunks(long inode, int from, int bound, int limit) throws FileError {
        return chunks.findLast(inode, from, bound, limit);
    }

    @Override
    public long extraReferences(SliceKey slice) throws FileError {
        return number(RedisRead.field(keys.references(), RedisKeys.references(slice)));
    }

    @Override
    public boolean countsReferences(SliceKey slice) throws FileError {
        return answer(RedisRead.field(keys.references(), RedisKeys.references(slice))) != null;
    }

    @Override
    public boolean isDelayed(DelayedSlices slices) throws FileError {
        return answer(RedisRead.field(keys.delayedSlices(), RedisKeys.delayedSlices(slices))) != null;
    }

    @Override
    public @Nullable DirectoryStats directoryStats(long directory) throws FileError {
        byte[] field = RedisKeys.number(directory);
        List<@Nullable Long> sums = numbers(List.of(
                RedisRead.field(keys.directoryLength(), field),
                RedisRead.field(keys.directorySpace(), field),
                RedisRead.field(keys.directoryInodes(), field)));
        Long length = sums.get(0);
        Long space = sums.get(1);
        Long inodes = sums.get(2);
        return length == null || space == null || inodes == null ? null : new DirectoryStats(length, space, inodes);
    }

    @Override
    public @Nullable Quota quota(QuotaOwner owner) throws FileError {
        byte[] field = RedisKeys.owner(owner);
        Quota limits = record("quota", RedisRead.field(keys.limits(owner), field), ValueCodec::limits);
        if (limits == null) {
            return null;
        }
        List<@Nullable Long> used = numbers(
                List.of(RedisRead.field(keys.usedSpace(owner), field), RedisRead.field(keys.usedInodes(owner), field)));
        return limits.plusUsed(
                Objects.requireNonNullElse(used.getFirst(), 0L), Objects.requireNonNullElse(used.getLast(), 0L));
    }

    private List<@Nullable Long> numbers(List<RedisRead> reads) throws FileError {
        List<@Nullable Object> answers = answers(reads);
        var numbers = new ArrayList<@Nullable Long>();
        for (int i = 0; i < reads.size(); i++) {
            Object answer = answers.get(i);
            numbers.add(answer == null ? null : decode("number", reads.get(i).keyBytes(), answer, Answers::number));
        }
        return numbers;
    }

    @Override
    public byte @Nullable [] sessionInfo(long session) throws FileError {
        return record("session", RedisRead.field(keys.sessionInfos(), RedisKeys.number(session)), bytes -> bytes);
    }

    @Override
    public long counter(Counter counter) throws FileError {
        return RedisCounters.toPort(counter, number(RedisRead.string(keys.counter(counter))));
    }

    @Override
    public @Nullable AclRule acl(int id) throws FileError {
        byte[] field = RedisKeys.number(Integer.toUnsignedLong(id));
        return record("access control list", RedisRead.field(keys.acls(), field), AclCodec::decode);
    }

    @Override
    public Map<LockOwner, List<RangeLock>> locks(LockedInode inode) throws FileError {
        RedisRead read = locks.read(inode);
        return decode("locks", read.keyBytes(), answer(read), hash -> RedisLocks.table(inode.kind(), hash));
    }

    private long number(RedisRead read) throws FileError {
        Object answer = answer(read);
        return answer == null ? 0 : decode("number", read.keyBytes(), answer, Answers::number);
    }
}
