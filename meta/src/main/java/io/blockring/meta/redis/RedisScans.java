package io.blockring.meta.redis;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.ChunkRecord;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.InodeRecord;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaScan;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.SliceReferences;
import io.blockring.meta.engine.StoredAcl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Walks by SCAN, HSCAN, SSCAN and ZSCAN. */
final class RedisScans implements MetaScans {
    private final RedisLink link;
    private final RedisKeys keys;

    RedisScans(RedisLink link, RedisKeys keys) {
        this.link = link;
        this.keys = keys;
    }

    @Override
    public MetaScan<SliceKey> unreferenced() {
        return pairs("HSCAN", keys.references(), RedisScans::ifUnreferenced);
    }

    private static @Nullable SliceKey ifUnreferenced(List<byte[]> pair) {
        return Answers.number(pair.getLast()) < 0 ? RedisKeys.referencedSlice(pair.getFirst()) : null;
    }

    @Override
    public MetaScan<InodeRecord> inodes() {
        return new KeyWalk<>(
                link,
                keys.anyAttr(),
                keys::isAttr,
                RedisRead::string,
                (key, value) -> new InodeRecord(keys.inodeOf(key), AttrCodec.decode(Answers.bytes(value))));
    }

    @Override
    public MetaScan<ChunkRecord> chunks() {
        return new KeyWalk<>(
                link,
                keys.anyChunk(),
                keys::isChunk,
                RedisRead::list,
                (key, value) -> new ChunkRecord(keys.inodeOf(key), RedisKeys.chunkOf(key), RedisReads.slices(value)));
    }

    @Override
    public MetaScan<SliceReferences> references() {
        return pairs(
                "HSCAN",
                keys.references(),
                pair -> new SliceReferences(
                        RedisKeys.referencedSlice(pair.getFirst()), Answers.number(pair.getLast())));
    }

    @Override
    public MetaScan<DeletedFile> deletedFiles() {
        return pairs(
                "ZSCAN", keys.deletedFiles(), pair -> RedisKeys.deletedFile(pair.getFirst(), score(pair.getLast())));
    }

    @Override
    public MetaScan<DelayedSlices> delayedSlices() {
        return pairs(
                "HSCAN",
                keys.delayedSlices(),
                pair -> RedisKeys.delayedSlices(pair.getFirst(), ValueCodec.sliceKeys(pair.getLast())));
    }

    @Override
    public MetaScan<SessionRecord> sessions() {
        return pairs(
                "ZSCAN",
                keys.sessionEnds(),
                pair -> new SessionRecord(Answers.number(pair.getFirst()), score(pair.getLast())));
    }

    @Override
    public MetaScan<DetachedTree> detachedTrees() {
        return pairs(
                "ZSCAN",
                keys.detachedTrees(),
                pair -> new DetachedTree(Answers.number(pair.getFirst()), score(pair.getLast())));
    }

    @Override
    public MetaScan<QuotaOwner> quotaOwners() {
        var walks = new ArrayDeque<MetaScan<QuotaOwner>>();
        walks.add(owners(new QuotaOwner.Directory(0), QuotaOwner.Directory::new));
        walks.add(owners(new QuotaOwner.User(0), id -> new QuotaOwner.User((int) id)));
        walks.add(owners(new QuotaOwner.Group(0), id -> new QuotaOwner.Group((int) id)));
        return () -> {
            List<QuotaOwner> some = List.of();
            while (some.isEmpty() && !walks.isEmpty()) {
                some = walks.element().next();
                if (some.isEmpty()) {
                    walks.remove();
                }
            }
            return some;
        };
    }

    private MetaScan<QuotaOwner> owners(QuotaOwner any, LongFunction<QuotaOwner> owner) {
        return pairs("HSCAN", keys.limits(any), pair -> owner.apply(Answers.number(pair.getFirst())));
    }

    @Override
    public MetaScan<Long> sustained(long session) {
        return new FieldScan<>(link, "SSCAN", keys.sustained(session), 1, one -> Answers.number(one.getFirst()));
    }

    @Override
    public MetaScan<StoredAcl> acls() {
        return pairs(
                "HSCAN",
                keys.acls(),
                pair -> new StoredAcl((int) Answers.number(pair.getFirst()), AclCodec.decode(pair.getLast())));
    }

    @Override
    public MetaScan<LockedInode> locked(long session) {
        return new FieldScan<>(link, "SSCAN", keys.locked(session), 1, one -> keys.lockedInode(one.getFirst()));
    }

    private <T> MetaScan<T> pairs(String command, byte[] key, Function<List<byte[]>, @Nullable T> decoder) {
        return new FieldScan<>(link, command, key, 2, decoder);
    }

    /** Scores are floating-point numbers, and these are whole seconds. */
    private static long score(byte[] text) {
        return (long) Double.parseDouble(new String(text, StandardCharsets.US_ASCII));
    }

    /** A walk over the elements of one key, each of {@code width} parts; what decodes to null is passed over. */
    static final class FieldScan<T> implements MetaScan<T> {
        private static final int AT_ONCE = 1000;

        private final RedisLink link;
        private final String command;
        private final byte[] key;
        private final int width;
        private final Function<List<byte[]>, @Nullable T> decoder;
        private byte[] cursor = RedisKeys.number(0);
        private boolean ended;

        FieldScan(RedisLink link, String command, byte[] key, int width, Function<List<byte[]>, @Nullable T> decoder) {
            this.link = link;
            this.command = command;
            this.key = key;
            this.width = width;
            this.decoder = decoder;
        }

        @Override
        public List<T> next() throws FileError {
            var records = new ArrayList<T>();
            while (!ended && records.isEmpty()) {
                Object answer =
                        link.ask(Command.of(command, key, cursor).text("COUNT").number(AT_ONCE));
                List<@Nullable Object> step = decode("step of a walk", key, answer, Answers::objects);
                cursor = Answers.bytes(step.getFirst());
                ended = Answers.number(cursor) == 0;
                List<byte[]> parts = Answers.list(step.getLast());
                for (int i = 0; i + width <= parts.size(); i += width) {
                    records.addAll(decode("record", key, parts.subList(i, i + width), this::shown));
                }
            }
            return records;
        }

        private List<T> shown(List<byte[]> element) {
            T item = decoder.apply(element);
            return item == null ? List.of() : List.of(item);
        }
    }
}
