package io.blockring.etcdclient;

import com.google.protobuf.ByteString;
import io.blockring.etcdclient.wire.EtcdWire.KeyValue;
import io.blockring.etcdclient.wire.EtcdWire.RangeRequest;
import io.blockring.etcdclient.wire.EtcdWire.RangeRequest.SortOrder;
import io.blockring.etcdclient.wire.EtcdWire.RangeResponse;
import io.blockring.etcdclient.wire.EtcdWire.RequestOp;
import io.blockring.etcdclient.wire.EtcdWire.ResponseOp;
import io.blockring.etcdclient.wire.EtcdWire.TxnRequest;
import io.blockring.etcdclient.wire.EtcdWire.TxnResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one moment: that of the first of them, which sees all that was committed before it was asked. It needs no
 * closing, and fails once what it reads was compacted. Safe for use by many threads.
 */
public final class EtcdReader {
    /** Pairs of one answer: with the largest values of a volume they fit into a message. */
    private static final int PAGE = 512;

    /** Keys of one request: what a server takes unless it is told otherwise. */
    private static final int KEYS_AT_ONCE = 128;

    @FunctionalInterface
    private interface Question<A> {
        /** @param revision 0 is now */
        A at(long revision) throws EtcdException;
    }

    private final Calls calls;
    private final AtomicLong revision = new AtomicLong();

    EtcdReader(Calls calls) {
        this.calls = calls;
    }

    /** The moment, as the cluster counts them; 0 before anything was read. */
    long revision() {
        return revision.get();
    }

    public @Nullable EtcdPair get(byte[] key) throws EtcdException {
        return first(range(RangeRequest.newBuilder().setKey(ByteString.copyFrom(key))));
    }

    /** The pairs of many keys in their order, null where there is none. */
    public List<@Nullable EtcdPair> getAll(List<byte[]> keys) throws EtcdException {
        var pairs = new ArrayList<@Nullable EtcdPair>(keys.size());
        for (int i = 0; i < keys.size(); i += KEYS_AT_ONCE) {
            List<byte[]> some = keys.subList(i, Math.min(keys.size(), i + KEYS_AT_ONCE));
            TxnResponse answer = ofTheMoment(
                    at -> calls.read(kv -> kv.txn(gets(some, at))),
                    response -> response.getHeader().getRevision());
            for (ResponseOp one : answer.getResponsesList()) {
                pairs.add(first(one.getResponseRange()));
            }
        }
        return pairs;
    }

    private static TxnRequest gets(List<byte[]> keys, long at) {
        TxnRequest.Builder request = TxnRequest.newBuilder();
        for (byte[] key : keys) {
            var get = RangeRequest.newBuilder().setKey(ByteString.copyFrom(key)).setRevision(at);
            request.addSuccess(RequestOp.newBuilder().setRequestRange(get));
        }
        return request.build();
    }

    /** At most {@code limit} pairs from {@code from} on and before {@code to}; fewer only at the end. */
    public List<EtcdPair> scan(byte[] from, byte[] to, int limit) throws EtcdException {
        var pairs = new ArrayList<EtcdPair>();
        byte[] next = from;
        int asked;
        int before;
        do {
            asked = Math.min(PAGE, limit - pairs.size());
            before = pairs.size();
            add(pairs, between(next, to, asked, SortOrder.NONE));
            next = pairs.isEmpty() ? next : after(pairs.getLast().key());
        } while (pairs.size() - before == asked && pairs.size() < limit);
        return pairs;
    }

    /** The last {@code limit} pairs from {@code from} on and before {@code to}, the last one first. */
    public List<EtcdPair> scanBack(byte[] from, byte[] to, int limit) throws EtcdException {
        var pairs = new ArrayList<EtcdPair>();
        byte[] end = to;
        int asked;
        int before;
        do {
            asked = Math.min(PAGE, limit - pairs.size());
            before = pairs.size();
            add(pairs, between(from, end, asked, SortOrder.DESCEND));
            end = pairs.isEmpty() ? end : pairs.getLast().key();
        } while (pairs.size() - before == asked && pairs.size() < limit);
        return pairs;
    }

    private RangeResponse between(byte[] from, byte[] to, int limit, SortOrder order) throws EtcdException {
        boolean none = limit <= 0 || Arrays.compareUnsigned(from, to) >= 0;
        return none
                ? RangeResponse.getDefaultInstance()
                : range(RangeRequest.newBuilder()
                        .setKey(ByteString.copyFrom(from))
                        .setRangeEnd(ByteString.copyFrom(to))
                        .setLimit(limit)
                        .setSortOrder(order));
    }

    private RangeResponse range(RangeRequest.Builder request) throws EtcdException {
        return ofTheMoment(
                at -> calls.read(kv -> kv.range(request.setRevision(at).build())),
                response -> response.getHeader().getRevision());
    }

    /** The first answer says which moment it is of, and all others are of it; a thread that was second asks again. */
    private <A> A ofTheMoment(Question<A> question, ToLongFunction<A> revisionOf) throws EtcdException {
        long known = revision.get();
        A answer = question.at(known);
        boolean first = known == 0 && revision.compareAndSet(0, revisionOf.applyAsLong(answer));
        return known != 0 || first ? answer : question.at(revision.get());
    }

    private static @Nullable EtcdPair first(RangeResponse answer) {
        return answer.getKvsCount() == 0 ? null : pair(answer.getKvs(0));
    }

    private static void add(List<EtcdPair> pairs, RangeResponse answer) {
        answer.getKvsList().forEach(found -> pairs.add(pair(found)));
    }

    private static EtcdPair pair(KeyValue found) {
        return new EtcdPair(found.getKey().toByteArray(), found.getValue().toByteArray(), found.getModRevision());
    }

    /** The first key behind {@code key}. */
    static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }
}
