package io.blockring.etcdclient;

import com.google.protobuf.ByteString;
import io.blockring.etcdclient.wire.EtcdWire.Compare;
import io.blockring.etcdclient.wire.EtcdWire.DeleteRangeRequest;
import io.blockring.etcdclient.wire.EtcdWire.PutRequest;
import io.blockring.etcdclient.wire.EtcdWire.RequestOp;
import io.blockring.etcdclient.wire.EtcdWire.TxnRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one moment, and writes that happen as one: if nothing that was got has changed since, and nothing was added to
 * what was scanned. What it wrote does not show in its own reads. For one thread; given up when it is dropped.
 *
 * <p>A server takes 128 keys that are read and 128 that are written, unless its {@code --max-txn-ops} says otherwise. One
 * scan counts as one key, and so does one {@link #deleteBetween}.
 */
public final class EtcdTransaction {
    private static final long MISSING = 0;

    private final Calls calls;
    private final EtcdReader reads;
    private final Map<ByteString, Optional<EtcdPair>> expected = new HashMap<>();
    private final Map<ByteString, Long> got = new LinkedHashMap<>();
    private final List<Compare> scanned = new ArrayList<>();
    private final Map<ByteString, RequestOp> writes = new LinkedHashMap<>();

    EtcdTransaction(Calls calls) {
        this.calls = calls;
        this.reads = new EtcdReader(calls);
    }

    /** Reads keys that will be got one by one; those that never are do not count. */
    public void expect(List<byte[]> keys) throws EtcdException {
        List<@Nullable EtcdPair> pairs = reads.getAll(keys);
        for (int i = 0; i < keys.size(); i++) {
            expected.put(ByteString.copyFrom(keys.get(i)), Optional.ofNullable(pairs.get(i)));
        }
    }

    public @Nullable EtcdPair get(byte[] key) throws EtcdException {
        Optional<EtcdPair> known = expected.get(ByteString.copyFrom(key));
        EtcdPair pair = known == null ? reads.get(key) : known.orElse(null);
        watch(key, pair);
        return pair;
    }

    public List<@Nullable EtcdPair> getAll(List<byte[]> keys) throws EtcdException {
        List<@Nullable EtcdPair> pairs = reads.getAll(keys);
        for (int i = 0; i < keys.size(); i++) {
            watch(keys.get(i), pairs.get(i));
        }
        return pairs;
    }

    private void watch(byte[] key, @Nullable EtcdPair pair) {
        got.put(ByteString.copyFrom(key), pair == null ? MISSING : pair.revision());
    }

    /** As {@link EtcdReader#scan}. */
    public List<EtcdPair> scan(byte[] from, byte[] to, int limit) throws EtcdException {
        List<EtcdPair> pairs = reads.scan(from, to, limit);
        boolean toTheEnd = pairs.size() < limit;
        watchBetween(from, toTheEnd ? to : EtcdReader.after(pairs.getLast().key()));
        return pairs;
    }

    /** As {@link EtcdReader#scanBack}. */
    public List<EtcdPair> scanBack(byte[] from, byte[] to, int limit) throws EtcdException {
        List<EtcdPair> pairs = reads.scanBack(from, to, limit);
        boolean toTheEnd = pairs.size() < limit;
        watchBetween(toTheEnd ? from : pairs.getLast().key(), to);
        return pairs;
    }

    /** That nothing there was written since; what is deleted is not noticed. */
    private void watchBetween(byte[] from, byte[] to) {
        if (Arrays.compareUnsigned(from, to) >= 0) {
            return;
        }
        scanned.add(Compare.newBuilder()
                .setTarget(Compare.Target.MOD)
                .setResult(Compare.Result.LESS)
                .setKey(ByteString.copyFrom(from))
                .setRangeEnd(ByteString.copyFrom(to))
                .setModRevision(reads.revision() + 1)
                .build());
    }

    /** Writes a key when it is committed. */
    public void put(byte[] key, byte[] value) {
        ByteString name = ByteString.copyFrom(key);
        writes.put(name, put(name, value));
    }

    private static RequestOp put(ByteString key, byte[] value) {
        return RequestOp.newBuilder()
                .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(ByteString.copyFrom(value)))
                .build();
    }

    public void delete(byte[] key) {
        ByteString name = ByteString.copyFrom(key);
        writes.put(name, delete(DeleteRangeRequest.newBuilder().setKey(name)));
    }

    /** Deletes all keys from {@code from} on and before {@code to}, in which it writes none. */
    public void deleteBetween(byte[] from, byte[] to) {
        ByteString name = ByteString.copyFrom(from);
        writes.put(name, delete(DeleteRangeRequest.newBuilder().setKey(name).setRangeEnd(ByteString.copyFrom(to))));
    }

    private static RequestOp delete(DeleteRangeRequest.Builder which) {
        return RequestOp.newBuilder().setRequestDeleteRange(which).build();
    }

    /** Writes all or nothing; to be called once. Fails only where it is known that nothing was written. */
    public CommitResult commit() throws EtcdException {
        if (writes.isEmpty()) {
            return CommitResult.COMMITTED;
        }
        TxnRequest.Builder request =
                TxnRequest.newBuilder().addAllCompare(scanned).addAllSuccess(writes.values());
        got.forEach((key, revision) -> request.addCompare(isUnchanged(key, revision)));
        return switch (calls.write(request.build())) {
            case Calls.Answer.Given(boolean succeeded) -> succeeded ? CommitResult.COMMITTED : CommitResult.CONFLICT;
            case Calls.Answer.Lost _ -> afterALostAnswer();
            case Calls.Answer.Full(EtcdException why) -> afterNoRoom(why);
        };
    }

    private static Compare isUnchanged(ByteString key, long revision) {
        return Compare.newBuilder()
                .setTarget(Compare.Target.MOD)
                .setResult(Compare.Result.EQUAL)
                .setKey(key)
                .setModRevision(revision)
                .build();
    }

    /*
     * A commit without an answer may be on its way still, and happen after somebody has looked and found that it had not.
     * So a key that it watches and writes is written again as it is: what has not happened before cannot any more.
     */
    private CommitResult afterALostAnswer() {
        for (Map.Entry<ByteString, Long> one : got.entrySet()) {
            if (one.getValue() != MISSING && writes.containsKey(one.getKey())) {
                try {
                    return prevent(one.getKey(), one.getValue());
                } catch (EtcdException _) {
                    return CommitResult.UNKNOWN; // The cluster is away; whoever asks for the outcome will hear of it.
                }
            }
        }
        return CommitResult.UNKNOWN;
    }

    private CommitResult prevent(ByteString key, long revision) throws EtcdException {
        EtcdPair now = new EtcdReader(calls).get(key.toByteArray());
        if (now == null || now.revision() != revision) {
            return CommitResult.UNKNOWN;
        }
        TxnRequest same = TxnRequest.newBuilder()
                .addCompare(isUnchanged(key, revision))
                .addSuccess(put(key, now.value()))
                .build();
        return calls.write(same).equals(new Calls.Answer.Given(true)) ? CommitResult.CONFLICT : CommitResult.UNKNOWN;
    }

    /** The transaction with which etcd notices that it is full is answered by the same error, and yet written. */
    private CommitResult afterNoRoom(EtcdException why) throws EtcdException {
        for (Map.Entry<ByteString, Long> one : got.entrySet()) {
            if (writes.containsKey(one.getKey())) {
                EtcdPair now = new EtcdReader(calls).get(one.getKey().toByteArray());
                if ((now == null ? MISSING : now.revision()) == one.getValue()) {
                    throw why;
                }
                return CommitResult.UNKNOWN;
            }
        }
        return CommitResult.UNKNOWN;
    }
}
