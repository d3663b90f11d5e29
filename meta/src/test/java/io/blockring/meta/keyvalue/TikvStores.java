package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.testing.TikvServers;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Volumes of a TiKV cluster for tests, each used once and empty at first. */
public final class TikvStores {
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The first byte of an inode is the one that differs first. */
    private static final List<byte[]> BORDERS = List.of(
            new byte[] {'A', 2}, new byte[] {'A', 20}, new byte[] {'A', 80}, new byte[] {'B'}, new byte[] {'L'});

    private TikvStores() {}

    /** Where no other test has a volume. */
    public static URI newUrl(TikvServers servers) {
        return URI.create("tikv://%s/lab%d".formatted(servers.driver(), NEXT.incrementAndGet()));
    }

    /** The same, over some regions: the inodes of a directory are in different ones. */
    public static URI newUrlOfRegions(TikvServers servers) throws TikvException {
        URI url = newUrl(servers);
        var prefix = new KeyPrefix(TikvUrl.parse(url.toString()).name());
        for (byte[] key : BORDERS) {
            servers.splitAt(prefix.before(key));
        }
        return url;
    }

    public static TestStores open(URI url) throws FileError {
        return TestStores.deferred(TikvVolumes.store(TikvUrl.parse(url.toString()), _ -> {}));
    }
}
