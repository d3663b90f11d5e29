package io.blockring.tikvclient;

import io.blockring.tikvclient.wire.MetaWire;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Where keys are, as far as it is known; what is not, the placement driver is asked. */
final class Regions {
    /** A cluster of 12 TB has so many; when there are more, all are forgotten and learned again. */
    private static final int MOST = 1 << 17;

    private final PlacementDriver driver;
    private final ConcurrentSkipListMap<byte[], Region> byStart = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

    Regions(PlacementDriver driver) {
        this.driver = driver;
    }

    /** The region that holds {@code key}. */
    Region of(byte[] key, Deadline deadline) throws TikvException {
        Map.Entry<byte[], Region> known = byStart.floorEntry(key);
        return known != null && known.getValue().holds(key)
                ? known.getValue()
                : remembered(driver.regionOf(key, deadline));
    }

    /** The region that holds the keys right before {@code key}. */
    Region before(byte[] key, Deadline deadline) throws TikvException {
        Map.Entry<byte[], Region> known = byStart.lowerEntry(key);
        if (known != null && known.getValue().reaches(key)) {
            return known.getValue();
        }
        Region behind = of(key, deadline);
        return Arrays.compareUnsigned(behind.start(), key) < 0
                ? behind
                : remembered(driver.regionBefore(key, deadline));
    }

    private Region remembered(Region region) {
        if (byStart.size() >= MOST) {
            byStart.clear();
        }
        byStart.put(region.start(), region);
        return region;
    }

    /** A region has another leader. */
    void led(Region region, MetaWire.Peer leader, Deadline deadline) throws TikvException {
        String address = driver.storeAddress(leader.getStoreId(), deadline);
        byStart.replace(region.start(), region, region.ledBy(leader, address));
    }

    /** A region is no more what it was. */
    void forget(Region region) {
        byStart.remove(region.start(), region);
    }

    /** The store that leads a region did not answer. */
    void silent(Region region) {
        forget(region);
        driver.forgetStore(region.leadingStore());
    }
}
