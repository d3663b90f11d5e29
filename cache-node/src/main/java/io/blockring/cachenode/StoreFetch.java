package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.CacheFullException;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.cachenode.VolumeStores.VolumeObjects;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Compression;
import io.blockring.proto.blockprotocol.Answer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/**
 * Gets a block from the object store into its flight, in the form in which the group holds it: compressed blocks plain,
 * encrypted ones as they are stored, for nodes have no key.
 */
final class StoreFetch {
    /** Room for a block of so many bytes. */
    @FunctionalInterface
    interface Rooms {
        FillSpace forBlock(BlockKey.Slice key, int bytes) throws CacheFullException;
    }

    private final Rooms rooms;
    private final NodeCounters counters;

    StoreFetch(Rooms rooms, NodeCounters counters) {
        this.rooms = rooms;
        this.counters = counters;
    }

    /** Fills what the flight has not; one of a compressed volume must be empty. */
    void fetch(Flight flight, VolumeObjects objects) throws IOException, CacheFullException {
        flight.comesFrom(Answer.Source.STORE);
        counters.increment(Count.STORE_GETS);
        if (flight.key().form() == BlockKey.Form.STORED) {
            fetchAsStored(flight, objects);
        } else if (objects.layout().compression() == Compression.NONE) {
            fetchPlain(flight, objects);
        } else {
            fetchCompressed(flight, objects);
        }
    }

    private void fetchPlain(Flight flight, VolumeObjects objects) throws ObjectStoreException {
        String name = objects.nameOf(flight.key());
        int at = flight.availableBytes();
        int plainBytes = flight.key().plainBytes();
        try (ObjectContent content = objects.store().get(name, at, plainBytes - at, null)) {
            if (content.length() != plainBytes - at) {
                throw new ObjectStoreException(
                        ObjectStoreException.Kind.INVALID,
                        name + " has " + (at + content.length()) + " bytes, not " + plainBytes);
            }
            int from = at;
            readAll(name, content, flight.buffer().asSlice(at), read -> flight.written(from + read));
        }
    }

    private void fetchAsStored(Flight flight, VolumeObjects objects) throws ObjectStoreException, CacheFullException {
        String name = objects.nameOf(flight.key());
        int most = BlockCodec.maxHeldBytes(flight.key());
        try (ObjectContent content = objects.store().get(name, 0, most + 1L, null)) {
            flight.settleIn(rooms.forBlock(flight.key(), checkedLength(name, content, most)));
            readAll(name, content, flight.buffer(), flight::written);
        }
    }

    private void fetchCompressed(Flight flight, VolumeObjects objects) throws IOException {
        String name = objects.nameOf(flight.key());
        BlockCodec codec = BlockCodec.of(objects.layout().compression());
        int plainBytes = flight.key().plainBytes();
        int most = codec.maxObjectBytes(plainBytes);
        try (ObjectContent content = objects.store().get(name, 0, most + 1L, null);
                Arena arena = Arena.ofConfined()) {
            MemorySegment object = arena.allocate(checkedLength(name, content, most));
            readAll(name, content, object, _ -> {});
            codec.decode(name, object, flight.buffer());
        }
        flight.written(plainBytes);
    }

    private static int checkedLength(String name, ObjectContent content, int most) throws ObjectStoreException {
        if (content.length() < 1 || content.length() > most) {
            throw new ObjectStoreException(
                    ObjectStoreException.Kind.INVALID, name + " is not of 1 to " + most + " bytes, as its block is");
        }
        return (int) content.length();
    }

    private void readAll(String name, ObjectContent content, MemorySegment into, IntConsumer filledTo)
            throws ObjectStoreException {
        int at = 0;
        while (at < into.byteSize()) {
            int read = content.read(into.asSlice(at));
            if (read < 0) {
                throw new ObjectStoreException(ObjectStoreException.Kind.RETRY, name + " ended after " + at + " bytes");
            }
            at += read;
            counters.add(Count.STORE_BYTES, read);
            filledTo.accept(at);
        }
    }
}
