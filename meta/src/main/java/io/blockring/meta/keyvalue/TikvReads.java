package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.TikvPair;
import io.blockring.tikvclient.TikvReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of a volume's keys, of now or of one moment. */
final class TikvReads implements ByteStore.Snapshot {
    private final TikvReader reader;
    private final KeyPrefix prefix;

    TikvReads(TikvReader reader, KeyPrefix prefix) {
        this.reader = reader;
        this.prefix = prefix;
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        try {
            return reader.get(prefix.before(key));
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        try {
            return reader.getAll(keys.stream().map(prefix::before).toList());
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return pairs(reader.scan(prefix.before(from), prefix.before(to), limit));
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return pairs(reader.scanBack(prefix.before(from), prefix.before(to), limit));
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    private List<KeyValue> pairs(List<TikvPair> pairs) {
        var own = new ArrayList<KeyValue>(pairs.size());
        for (TikvPair pair : pairs) {
            own.add(new KeyValue(prefix.without(pair.key()), pair.value()));
        }
        return own;
    }

    /** The cluster keeps the moment until the safe point passes it, whether anybody reads or not. */
    @Override
    public void close() {}
}
