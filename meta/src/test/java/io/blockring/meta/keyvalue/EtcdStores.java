package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.testing.EtcdServer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Volumes of an etcd for tests, each used once and empty at first. */
public final class EtcdStores {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private EtcdStores() {}

    /** Where a volume may be that no other test has had. */
    static String newUrl(EtcdServer server) {
        return server.url("test" + NEXT.incrementAndGet()).toString();
    }

    public static TestStores open(EtcdServer server) throws FileError {
        return open(newUrl(server));
    }

    static TestStores open(String url) throws FileError {
        return TestStores.deferred(store(url));
    }

    static ByteStore store(String url) throws FileError {
        return EtcdVolumes.store(EtcdUrl.parse(url, Map.of()));
    }
}
