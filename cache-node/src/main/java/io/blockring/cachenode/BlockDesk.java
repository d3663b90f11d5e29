package io.blockring.cachenode;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockFill;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.CacheFullException;
import io.blockring.blockstore.StoredBlock;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.group.GroupVolume;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.proto.blockprotocol.Answer.End;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import java.io.IOException;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a request gets. It never waits for another process. */
final class BlockDesk {
    /** What a request gets. */
    sealed interface Reply {
        /** Bytes {@code from} to {@code to} of a block that is here; the caller closes it. */
        record Hit(StoredBlock block, int from, int to) implements Reply {}

        /** A block on its way; the caller is a holder of the flight. */
        record Waiting(Flight flight) implements Reply {}

        /** Room for a block that is offered; the caller gives it back. */
        record Wanted(OfferedBlock offered) implements Reply {}

        /** A word. */
        record Word(End end) implements Reply {}
    }

    private static final Logger log = LoggerFactory.getLogger(BlockDesk.class);
    private static final int RETRY_AFTER_MILLIS = 50;

    private final UUID self;
    private final BlockStore store;
    private final Fills fills;
    private final Supplier<GroupView> group;
    private final LongConsumer heardOfEpoch;
    private final NodeCounters counters;

    /** Works for node {@code self}; {@code heardOfEpoch} hears of epochs that readers know and we do not. */
    BlockDesk(
            UUID self,
            BlockStore store,
            Fills fills,
            Supplier<GroupView> group,
            LongConsumer heardOfEpoch,
            NodeCounters counters) {
        this.self = self;
        this.store = store;
        this.fills = fills;
        this.group = group;
        this.heardOfEpoch = heardOfEpoch;
        this.counters = counters;
    }

    NodeCounters counters() {
        return counters;
    }

    /** What {@code request} gets; disk reads of a check aside, without waiting. */
    Reply reply(Ask.Request request) throws IOException {
        counters.increment(Count.REQUESTS);
        if (!(request.key() instanceof BlockKey.Slice key)) {
            return word(Status.BAD_REQUEST, "this node keeps blocks of slices only");
        }
        String objection = key.form() == BlockKey.Form.PLAIN ? toRange(request, key) : toWhole(request, key);
        if (objection != null) {
            return word(Status.BAD_REQUEST, objection);
        }
        return switch (request.op()) {
            case READ -> read(request, key);
            case CHECK -> check(key);
            case OFFER -> offer(request, key);
            case LOCATOR, DESCRIPTOR -> word(Status.BAD_REQUEST, request.op() + " is not spoken here");
        };
    }

    private static @Nullable String toRange(Ask.Request request, BlockKey.Slice key) {
        int to = endOf(request, key.plainBytes());
        boolean endsAtUnit = to % BlockChecksums.UNIT_BYTES == 0 || to == key.plainBytes();
        return request.offset() >= to || to > key.plainBytes() || !endsAtUnit
                ? "no range of whole units of " + key.plainBytes() + " bytes: " + request.offset() + " to " + to
                : null;
    }

    /** A block that is held as stored can be opened by whoever has all of it, and its reader does not know how long it is. */
    private static @Nullable String toWhole(Ask.Request request, BlockKey.Slice key) {
        if (request.op() == Ask.Op.OFFER) {
            return request.offset() != 0 || request.length() == 0 || request.length() > BlockCodec.maxHeldBytes(key)
                    ? "no block as it is stored has " + request.length() + " bytes from " + request.offset() + " on"
                    : null;
        }
        return request.offset() != 0 || request.length() != 0 ? "of a block as it is stored, ask for all" : null;
    }

    /** Where the range of a request ends in a block of {@code heldBytes}. */
    static int endOf(Ask.Request request, int heldBytes) {
        return request.length() == 0 ? heldBytes : request.offset() + request.length();
    }

    /** What a flight that failed means to a reader. */
    End failed(FillFailure failure) {
        return switch (failure.reason()) {
            case BUSY, ALREADY_HERE -> busy(failure.text());
            case NO_KEYS -> end(Status.NO_KEYS, failure.text());
            case UNKNOWN_VOLUME -> end(Status.UNKNOWN_VOLUME, failure.text());
            case NOT_FOUND, STORE_ERROR -> end(Status.STORE_ERROR, failure.text());
        };
    }

    End end(Status status, String text) {
        if (status == Status.BAD_REQUEST) {
            counters.increment(Count.BAD_REQUESTS);
        }
        return new End(status, Source.NONE, epoch(), 1, 0, text);
    }

    End ok(Source source) {
        return new End(Status.OK, source, epoch(), 1, 0, "");
    }

    End busy(String text) {
        counters.increment(Count.BUSY);
        return new End(Status.BUSY, Source.NONE, epoch(), 1, RETRY_AFTER_MILLIS, text);
    }

    long epoch() {
        return group.get().ring().epoch();
    }

    private Reply read(Ask.Request request, BlockKey.Slice key) throws IOException {
        StoredBlock block = store.find(key);
        if (block != null && request.has(Ask.CHECK)) {
            block = intactOrDropped(key, block);
        }
        if (block != null) {
            counters.increment(Count.HITS);
            return hit(request, block);
        }
        counters.increment(Count.MISSES);
        if (request.has(Ask.NO_FILL)) {
            return word(Status.MISS, "");
        }
        if (!fills.isOnItsWay(key) && !isOurs(request, key)) {
            counters.increment(Count.NOT_OWNER);
            return word(Status.NOT_OWNER, "");
        }
        Reply refusal = refusalByVolume(key);
        if (refusal != null) {
            return refusal;
        }
        return switch (fills.join(key)) {
            case Fills.Joined.Here(StoredBlock here) -> hit(request, here);
            case Fills.Joined.OnItsWay(Flight flight) -> new Reply.Waiting(flight);
            case Fills.Joined.Busy(String why) -> new Reply.Word(busy(why));
        };
    }

    private static Reply hit(Ask.Request request, StoredBlock block) {
        return new Reply.Hit(block, request.offset(), endOf(request, block.byteCount()));
    }

    /** Null when the group serves such blocks. In another form than the volume's own a block has other bytes. */
    private @Nullable Reply refusalByVolume(BlockKey.Slice key) {
        GroupVolume volume = group.get().servedVolume(key.volumeId(), key.incarnation());
        if (volume == null) {
            return word(Status.UNKNOWN_VOLUME, "");
        }
        BlockKey.Form form = volume.declared().layout().form();
        return form == key.form()
                ? null
                : word(Status.BAD_REQUEST, "the group keeps the blocks of this volume in form " + form);
    }

    /** The block when its bytes are right; else null, and it is no more here. */
    private @Nullable StoredBlock intactOrDropped(BlockKey.Slice key, StoredBlock block) throws IOException {
        boolean intact = false;
        try {
            intact = block.isIntact();
        } finally {
            if (!intact) {
                log.warn("block {} is corrupt, generation {}", key, block.generation());
                store.drop(key, block.generation());
                block.close();
            }
        }
        return intact ? block : null;
    }

    private Reply check(BlockKey.Slice key) {
        try (StoredBlock block = store.find(key)) {
            return word(block == null ? Status.MISS : Status.OK, "");
        }
    }

    private Reply offer(Ask.Request request, BlockKey.Slice key) {
        if (!isOurs(request, key)) {
            counters.increment(Count.NOT_OWNER);
            return word(Status.NOT_OWNER, "");
        }
        Reply refusal = refusalByVolume(key);
        if (refusal != null) {
            return refusal;
        }
        try (StoredBlock block = store.find(key)) {
            if (block != null || fills.isOnItsWay(key)) {
                return word(Status.OK, "");
            }
        }
        int bytes = request.length() == 0 ? key.plainBytes() : request.length();
        if (!fills.takeBytes(bytes)) {
            counters.increment(Count.OFFERS_REFUSED);
            return new Reply.Word(busy("the blocks on their way have as many bytes as they may have"));
        }
        try {
            BlockFill room = store.reserve(key, bytes);
            return new Reply.Wanted(new OfferedBlock(room, () -> fills.giveBytesBack(bytes)));
        } catch (CacheFullException e) {
            fills.giveBytesBack(bytes);
            counters.increment(Count.OFFERS_REFUSED);
            return new Reply.Word(busy(e.toString()));
        }
    }

    /** Whether the ring gives us that block; a reader with a newer ring than ours is believed. */
    private boolean isOurs(Ask.Request request, BlockKey.Slice key) {
        GroupView view = group.get();
        if (request.epoch() > view.ring().epoch()) {
            heardOfEpoch.accept(request.epoch());
            return true;
        }
        return view.isCandidate(self, key.hash().high());
    }

    private Reply word(Status status, String text) {
        return new Reply.Word(end(status, text));
    }
}
