package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.Deadline;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.DamagedObjectException;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.blockprotocol.Hello;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks of one volume, wherever they are.
 *
 * <p>A read asks the block's owner in the ring, then its replicas, then the object store; it fails only when none of
 * them gives the bytes, and gives them right, before its deadline. A write is durable when it returns. Every wait has
 * a deadline. Safe for use by many threads.
 */
public final class BlockCache implements AutoCloseable {
    /** How long a read waits at a time before it asks the nodes again. */
    private static final long ROUND_NANOS = 500_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(BlockCache.class);

    private final BlockObjects objects;
    private final BlockWriter writer;
    private final ReadCounters counters = new ReadCounters();
    private final @Nullable Group group;

    /** The parts that there are only with a group. */
    private record Group(
            UUID volume,
            BlockCacheSettings settings,
            RingWatch ringWatch,
            NodePool nodes,
            GroupReader reader,
            StoreBudget budget,
            ScratchUnits scratch,
            Offers offers) {
        RingView.@Nullable GroupVolume knownVolume() {
            return ringWatch.view().volumes().get(volume);
        }
    }

    /** The blocks of a volume that no group keeps: all comes from the object store. */
    public BlockCache(ObjectStore store, VolumeLayout layout) {
        this(store, layout, BlockCodec.PLAIN);
    }

    /** The same for a volume whose objects are made by {@code codec}. */
    public BlockCache(ObjectStore store, VolumeLayout layout, BlockCodec codec) {
        this.objects = new BlockObjects(store, layout, codec);
        this.writer = new BlockWriter(objects);
        this.group = null;
    }

    /**
     * The blocks of a volume that a group may keep. Waits a moment for its ring; when the group cannot be reached, or
     * does not know the volume, reads go to the object store until it can and does.
     */
    public BlockCache(ObjectStore store, VolumeLayout layout, GroupAddress address, BlockCacheSettings settings) {
        this(store, layout, BlockCodec.PLAIN, address, settings);
    }

    /** The same for a volume whose objects are made by {@code codec}. */
    public BlockCache(
            ObjectStore store,
            VolumeLayout layout,
            BlockCodec codec,
            GroupAddress address,
            BlockCacheSettings settings) {
        this.objects = new BlockObjects(store, layout, codec);
        this.writer = new BlockWriter(objects);
        var asker = new NodeConnections.Asker(address.group(), Hello.Role.CLIENT, UUID.randomUUID());
        var nodes = new NodePool(asker, settings.asking());
        Consumer<RingView> onChange = nodes::keepOnly;
        var ringWatch = new RingWatch(address, settings.ringPoll(), onChange);
        group = new Group(
                address.volume(),
                settings,
                ringWatch,
                nodes,
                new GroupReader(ringWatch, nodes, counters),
                new StoreBudget(settings.storeBytesPerSecond(), settings.storeBurstBytes(), System.nanoTime()),
                new ScratchUnits(),
                new Offers(ringWatch, nodes, counters, settings.offerBytes()));
        ringWatch.awaitFirstLook(settings.firstRing());
    }

    /** Names a block of a slice of this volume, as the volume is now. */
    public BlockKey.Slice keyOf(long sliceId, int index, int plainBytes) {
        RingView.GroupVolume known = group == null ? null : group.knownVolume();
        int volumeId = known == null ? 0 : known.volumeId();
        int incarnation = known == null ? 0 : known.incarnation();
        return new BlockKey.Slice(volumeId, incarnation, sliceId, index, plainBytes, objects.form());
    }

    /**
     * Fills all of {@code into} with the bytes of the block from {@code offset} on, all of which it must have.
     *
     * @throws IOException when no source gave them, and gave them right, within the deadline
     */
    public void read(BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        if (offset < 0 || into.byteSize() > key.plainBytes() - offset) {
            throw new IllegalArgumentException(key + " has no " + into.byteSize() + " bytes from " + offset + " on");
        }
        if (into.byteSize() == 0) {
            return;
        }
        counters.reads.increment();
        boolean done = false;
        try {
            if (group == null) {
                readFromStore(key, offset, into);
            } else if (key.form() == BlockKey.Form.PLAIN) {
                readByGroup(group, key, offset, into);
            } else {
                readStoredByGroup(group, key, offset, into);
            }
            done = true;
        } finally {
            if (!done) {
                counters.failedReads.increment();
            }
        }
    }

    private void readByGroup(Group with, BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        long deadline = System.nanoTime() + with.settings.readDeadline().toNanos();
        try (var range = new UnitRange(with.scratch, key.plainBytes(), offset, into)) {
            while (!range.isComplete()) {
                var round = askNodes(with, key, range, deadline);
                if (round == GroupReader.Round.COMPLETE
                        || readFromStore(with, key, range.missingOffset(), range.missing(), round, deadline)) {
                    break;
                }
            }
            range.countInto(counters);
        }
    }

    /** Nodes have no key: they give the whole block as it is stored, and it is opened here. */
    private void readStoredByGroup(Group with, BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        long deadline = System.nanoTime() + with.settings.readDeadline().toNanos();
        boolean done = false;
        try (Arena arena = Arena.ofConfined()) {
            var stored = new StoredBytes(key, arena);
            while (!done) {
                var round = askNodes(with, key, stored, deadline);
                boolean opened = round == GroupReader.Round.COMPLETE && isOpened(key, stored, offset, into);
                done = opened || readFromStore(with, key, offset, into, round, deadline);
            }
        }
    }

    private GroupReader.Round askNodes(Group with, BlockKey.Slice key, WantedBytes wanted, long deadline) {
        RingView.GroupVolume known = with.knownVolume();
        long time = with.settings.readDeadline().toNanos();
        return known != null && known.has(key)
                ? with.reader.read(key, wanted, deadline - time / 3)
                : GroupReader.Round.NOT_FROM_THE_GROUP;
    }

    private boolean isOpened(BlockKey.Slice key, StoredBytes stored, int offset, MemorySegment into)
            throws IOException {
        try {
            objects.decode(key, stored.bytes(), offset, into);
            stored.countInto(counters, into.byteSize());
            return true;
        } catch (DamagedObjectException e) {
            counters.badUnits.increment();
            LOG.warn("what the group has of {} is not the block; it is read from the object store", key, e);
            return false;
        }
    }

    /** Reads what is missing from the object store, if its budget allows that soon; false means: ask again. */
    private boolean readFromStore(
            Group with, BlockKey.Slice key, int offset, MemorySegment missing, GroupReader.Round round, long deadline)
            throws IOException {
        long bytes = objects.codec().isPlain() ? missing.byteSize() : key.plainBytes();
        long left = deadline - System.nanoTime();
        long wait = with.budget.take(bytes, System.nanoTime(), Math.clamp(left, 0, ROUND_NANOS));
        if (wait != 0) {
            counters.budgetWaits.increment();
        }
        if (wait < 0) {
            if (left <= 0) {
                throw new ObjectStoreException(
                        ObjectStoreException.Kind.RETRY,
                        "the group did not give block " + objects.nameOf(key)
                                + ", and the object store may not be asked so often");
            }
            sleep(Math.min(ROUND_NANOS, left));
            return false;
        }
        sleep(wait);
        try {
            Deadline.in(Duration.ofNanos(deadline - System.nanoTime())).call(() -> {
                readFromStore(key, offset, missing);
                return true;
            });
            return true;
        } catch (ObjectStoreException e) {
            boolean mayGetItYet = round == GroupReader.Round.BUSY && e.kind() == ObjectStoreException.Kind.RETRY;
            if (!mayGetItYet || deadline - System.nanoTime() <= ROUND_NANOS) {
                throw e;
            }
            sleep(ROUND_NANOS);
            return false;
        }
    }

    private void readFromStore(BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        counters.storeGets.increment();
        objects.read(key, offset, into);
        counters.fromStore(into.byteSize());
    }

    /** Makes a block durable in the object store; its owner is offered a copy afterwards. */
    public void write(BlockKey.Slice key, MemorySegment bytes) throws IOException {
        if (bytes.byteSize() != key.plainBytes()) {
            throw new IllegalArgumentException(key + " is not of " + bytes.byteSize() + " bytes");
        }
        if (objects.codec().isPlain()) {
            write(key, bytes, bytes);
            return;
        }
        // Shared, for the threads of the store read the object; made once, for each making of it is another.
        try (Arena arena = Arena.ofShared()) {
            write(key, objects.codec().encode(bytes, arena), bytes);
        }
    }

    private void write(BlockKey.Slice key, MemorySegment object, MemorySegment plain) throws IOException {
        writer.write(key, object, plain);
        if (group != null) {
            RingView.GroupVolume known = group.knownVolume();
            if (known != null && known.has(key)) {
                group.offers.offer(key, key.form() == BlockKey.Form.PLAIN ? plain : object);
            }
        }
    }

    /** Takes a block out of the object store; nothing happens when it is not there. */
    public void delete(BlockKey.Slice key) throws IOException {
        objects.store().delete(objects.nameOf(key));
    }

    /** What it has done so far. */
    public CacheStatistics statistics() {
        return counters.snapshot();
    }

    /** How it stands with its group now. */
    public GroupHealth health() {
        if (group == null) {
            return new GroupHealth(GroupHealth.State.NO_GROUP, 0, "");
        }
        RingView view = group.ringWatch.view();
        String why = group.ringWatch.failure();
        if (why.isEmpty() && view.ring().ranks() == 0) {
            why = "the group has no ring yet";
        } else if (why.isEmpty() && group.knownVolume() == null) {
            why = "the group does not know volume " + group.volume;
        } else if (why.isEmpty() && !group.nodes.anyReachable(view)) {
            why = "no node of the ring can be reached";
        }
        var state = why.isEmpty() ? GroupHealth.State.CONNECTED : GroupHealth.State.DEGRADED;
        return new GroupHealth(state, view.ring().epoch(), why);
    }

    private static void sleep(long nanos) {
        long until = System.nanoTime() + nanos;
        long left = nanos;
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(left);
            left = until - System.nanoTime();
        }
    }

    @Override
    public void close() {
        if (group != null) {
            group.offers.close();
            group.ringWatch.close();
            group.nodes.close();
        }
        objects.store().close();
    }
}
