package io.blockring.tikvclient;

import io.blockring.tikvclient.wire.MetaWire;
import io.blockring.tikvclient.wire.StoreWire;
import java.util.Arrays;

/** A range of keys that one store leads, as it was found once. */
final class Region {
    private final long id;
    private final MetaWire.RegionEpoch epoch;
    private final byte[] start;
    private final byte[] end;
    private final MetaWire.Peer leader;
    private final String address;

    /** @param address host and port of the leader's store */
    Region(MetaWire.Region region, MetaWire.Peer leader, String address) throws TikvException {
        this(
                region.getId(),
                region.getRegionEpoch(),
                KeyEncoding.decode(region.getStartKey()),
                KeyEncoding.decode(region.getEndKey()),
                leader,
                address);
    }

    private Region(
            long id, MetaWire.RegionEpoch epoch, byte[] start, byte[] end, MetaWire.Peer leader, String address) {
        this.id = id;
        this.epoch = epoch;
        this.start = start;
        this.end = end;
        this.leader = leader;
        this.address = address;
    }

    /** The same keys, led by another store. */
    Region ledBy(MetaWire.Peer other, String itsAddress) {
        return new Region(id, epoch, start, end, other, itsAddress);
    }

    long id() {
        return id;
    }

    /** The first key. */
    byte[] start() {
        return start;
    }

    /** The key behind the last one; empty: there is no end. */
    byte[] end() {
        return end;
    }

    long leadingStore() {
        return leader.getStoreId();
    }

    /** Host and port of the store that leads it. */
    String address() {
        return address;
    }

    boolean holds(byte[] key) {
        return Arrays.compareUnsigned(start, key) <= 0 && (end.length == 0 || Arrays.compareUnsigned(key, end) < 0);
    }

    /** Whether it ends behind {@code key}, or exactly there. */
    boolean reaches(byte[] key) {
        return end.length == 0 || Arrays.compareUnsigned(end, key) >= 0;
    }

    /** Of a request for keys of it. */
    StoreWire.Context.Builder context() {
        return StoreWire.Context.newBuilder()
                .setRegionId(id)
                .setRegionEpoch(epoch)
                .setPeer(leader);
    }
}
