package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.CacheFullException;
import io.blockring.blockstore.StoredBlock;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.group.GroupVolume;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Compression;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches missing blocks, each once however many ask for it, and not more at a time than the limits say.
 *
 * <p>A block is asked of its owner in the epoch before first, while that may have it, then of the object store. It is
 * found in the block store before its flight ends, so that no one misses it in between.
 */
final class Fills implements AutoCloseable {
    /** What came of asking for a block that was not found. */
    sealed interface Joined {
        /** The block is on its way; the caller is a holder of the flight. */
        record OnItsWay(Flight flight) implements Joined {}

        /** It is here meanwhile; the caller closes it. */
        record Here(StoredBlock block) implements Joined {}

        /** A limit is reached. */
        record Busy(String why) implements Joined {}
    }

    private static final Logger log = LoggerFactory.getLogger(Fills.class);
    private static final long IDLE_THREAD_SECONDS = 30;
    private static final int CLOSE_SECONDS = 35;

    private final BlockStore store;
    private final VolumeStores volumes;
    private final EarlierOwners earlierOwners;
    private final StoreFetch fromStore;
    private final Supplier<GroupView> group;
    private final NodeCounters counters;
    private final long fillBytesLimit;
    private final AtomicLong fillBytes = new AtomicLong();
    private final ConcurrentHashMap<BlockKey.Slice, Flight> flights = new ConcurrentHashMap<>();
    /** Takes as many fills as there may be, and refuses the next one. */
    private final ExecutorService threads;

    Fills(
            BlockStore store,
            VolumeStores volumes,
            EarlierOwners earlierOwners,
            Supplier<GroupView> group,
            NodeCounters counters,
            CacheNodeSettings.Limits limits) {
        this.store = store;
        this.volumes = volumes;
        this.earlierOwners = earlierOwners;
        this.fromStore = new StoreFetch(this::roomFor, counters);
        this.group = group;
        this.counters = counters;
        this.fillBytesLimit = limits.fillBytes();
        this.threads = new ThreadPoolExecutor(
                0,
                limits.fills(),
                IDLE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().name("fill-", 0).factory());
    }

    /** Joins the flight of a block that was just not found, or starts it. */
    Joined join(BlockKey.Slice key) {
        while (true) {
            Flight there = flights.get(key);
            if (there != null) {
                if (there.hold()) {
                    return new Joined.OnItsWay(there);
                }
                flights.remove(key, there);
                continue;
            }
            int bytes = memoryFor(key);
            if (!takeBytes(bytes)) {
                return new Joined.Busy("the blocks being fetched have as many bytes as they may have");
            }
            var flight = new Flight(key, () -> giveBytesBack(bytes));
            if (flights.putIfAbsent(key, flight) != null) {
                flight.letGo(null);
                continue;
            }
            return start(flight);
        }
    }

    /** The most memory that a fetch takes: a block that is not stored plain is whole in it twice. */
    private int memoryFor(BlockKey.Slice key) {
        GroupVolume volume = group.get().servedVolume(key.volumeId(), key.incarnation());
        if (volume == null || key.form() == BlockKey.Form.STORED) {
            return 2 * BlockCodec.maxHeldBytes(key);
        }
        Compression compression = volume.declared().layout().compression();
        return key.plainBytes() + (compression == Compression.NONE ? 0 : compression.maxBytes(key.plainBytes()));
    }

    private Joined start(Flight flight) {
        StoredBlock meanwhile = store.find(flight.key());
        if (meanwhile != null) {
            end(flight, new FillFailure(FillFailure.Reason.ALREADY_HERE, ""));
            return new Joined.Here(meanwhile);
        }
        flight.hold();
        try {
            threads.execute(() -> fetch(flight));
            return new Joined.OnItsWay(flight);
        } catch (RejectedExecutionException e) {
            String why = "as many blocks are being fetched as may be";
            flight.letGo(null);
            end(flight, new FillFailure(FillFailure.Reason.BUSY, why));
            return new Joined.Busy(why);
        }
    }

    /** Whether a block is being fetched now. */
    boolean isOnItsWay(BlockKey.Slice key) {
        return flights.containsKey(key);
    }

    /** Takes room for bytes from outside among those of fills; false when there is none. */
    boolean takeBytes(int bytes) {
        long taken = fillBytes.addAndGet(bytes);
        if (taken > fillBytesLimit) {
            fillBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void giveBytesBack(int bytes) {
        fillBytes.addAndGet(-bytes);
    }

    long bytesInFlight() {
        return fillBytes.get();
    }

    private void fetch(Flight flight) {
        counters.increment(Count.FILLS);
        FillFailure failure;
        try {
            failure = fetchInto(flight);
        } catch (RuntimeException | Error e) {
            end(flight, new FillFailure(FillFailure.Reason.STORE_ERROR, "the fetch broke: " + e));
            throw e;
        }
        if (failure != null) {
            counters.increment(Count.FILL_FAILURES);
            log.debug("block {} was not fetched: {}", flight.key(), failure);
        }
        end(flight, failure);
    }

    private @Nullable FillFailure fetchInto(Flight flight) {
        BlockKey.Slice key = flight.key();
        GroupView view = group.get();
        GroupVolume volume = view.servedVolume(key.volumeId(), key.incarnation());
        if (volume == null) {
            return new FillFailure(
                    FillFailure.Reason.UNKNOWN_VOLUME,
                    "no volume " + key.volumeId() + " of incarnation " + key.incarnation());
        }
        if (volume.declared().layout().form() != key.form()) {
            return new FillFailure(FillFailure.Reason.UNKNOWN_VOLUME, "no blocks of form " + key.form());
        }
        try {
            if (key.form() == BlockKey.Form.PLAIN) {
                flight.settleIn(roomFor(key, key.plainBytes()));
            }
            earlierOwners.fetch(flight, view, this::roomFor);
            if (!flight.isComplete()) {
                VolumeStores.VolumeObjects objects = volumes.of(volume);
                if (objects == null) {
                    return new FillFailure(
                            FillFailure.Reason.NO_KEYS, "this node has no keys for volume " + key.volumeId());
                }
                fromStore.fetch(flight, objects);
            }
        } catch (CacheFullException e) {
            return new FillFailure(FillFailure.Reason.BUSY, e.toString());
        } catch (ObjectStoreException e) {
            var reason = e.kind() == ObjectStoreException.Kind.NOT_FOUND
                    ? FillFailure.Reason.NOT_FOUND
                    : FillFailure.Reason.STORE_ERROR;
            return new FillFailure(reason, e.kind() + ": " + e.getMessage());
        } catch (IOException e) {
            return new FillFailure(FillFailure.Reason.STORE_ERROR, e.toString());
        }
        keep(flight);
        return null;
    }

    /** Room in the store; memory of its own when there is none, so that the readers get their bytes all the same. */
    private FillSpace roomFor(BlockKey.Slice key, int bytes) throws CacheFullException {
        try {
            return new FillSpace.Kept(store.reserve(key, bytes));
        } catch (CacheFullException e) {
            if (e.reason() == CacheFullException.Reason.NO_BUFFER) {
                throw e;
            }
            counters.increment(Count.FILLS_NOT_KEPT);
            return FillSpace.PassedThrough.ofBytes(bytes);
        }
    }

    private void keep(Flight flight) {
        try {
            flight.commit();
        } catch (IOException e) {
            counters.increment(Count.FILLS_NOT_KEPT);
            log.warn("block {} was fetched and could not be kept", flight.key(), e);
        }
    }

    private void end(Flight flight, @Nullable FillFailure failure) {
        flights.remove(flight.key(), flight);
        flight.end(failure);
        flight.letGo(null);
    }

    /** Lets the fetches that go on come to their end, which the deadlines of the stores bound. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("blocks are still being fetched after {} seconds", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
