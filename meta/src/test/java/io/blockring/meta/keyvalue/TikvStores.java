package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.tikvclient.testing.TikvServers;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Volumes of a TiKV cluster for tests, each used once and empty at first. */
public final class TikvStores {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private TikvStores() {}

    /** Where no other test has a volume. */
    public static URI newUrl(TikvServers servers) {
        return URI.create("tikv://%s/lab%d".formatted(servers.driver(), NEXT.incrementAndGet()));
    }

    public static TestStores open(URI url) throws FileError {
        return TestStores.deferred(TikvVolumes.store(TikvUrl.parse(url.toString()), _ -> {}));
    }
}
