package io.blockring.meta.keyvalue;

import io.blockring.etcdclient.EtcdException;
import io.blockring.etcdclient.EtcdPair;
import io.blockring.etcdclient.EtcdReader;
import io.blockring.meta.FileError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads of a volume's keys, each by the reader that it is given. */
final class EtcdReads implements ByteStore.Snapshot {
    private final Supplier<EtcdReader> readers;
    private final KeyPrefix prefix;

    EtcdReads(Supplier<EtcdReader> readers, KeyPrefix prefix) {
        this.readers = readers;
        this.prefix = prefix;
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        try {
            return value(readers.get().get(prefix.before(key)));
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        try {
            return values(readers.get().getAll(keys.stream().map(prefix::before).toList()));
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return own(readers.get().scan(prefix.before(from), prefix.before(to), limit), prefix);
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return own(readers.get().scanBack(prefix.before(from), prefix.before(to), limit), prefix);
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    static byte @Nullable [] value(@Nullable EtcdPair pair) {
        return pair == null ? null : pair.value();
    }

    static List<byte @Nullable []> values(List<@Nullable EtcdPair> pairs) {
        var values = new ArrayList<byte @Nullable []>(pairs.size());
        for (EtcdPair pair : pairs) {
            values.add(value(pair));
        }
        return values;
    }

    static List<KeyValue> own(List<EtcdPair> pairs, KeyPrefix prefix) {
        var own = new ArrayList<KeyValue>(pairs.size());
        for (EtcdPair pair : pairs) {
            own.add(new KeyValue(prefix.without(pair.key()), pair.value()));
        }
        return own;
    }

    /** The cluster keeps no account of readers. */
    @Override
    public void close() {}
}
