package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngine.UsageCounting;
import io.blockring.meta.engine.MetadataService;
import io.blockring.tikvclient.TikvCluster;
import io.blockring.tikvclient.TikvException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** The metadata of volumes in TiKV. */
public final class TikvVolumes implements MetadataService {
    /** How long one operation waits for the cluster; a leader that died is replaced within some seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    @Override
    public String title() {
        return "TiKV";
    }

    @Override
    public boolean names(String url) {
        return url.startsWith(TikvUrl.SCHEME);
    }

    @Override
    public MetaEngine open(String url, Map<String, String> environment) throws FileError {
        return open(url, _ -> {});
    }

    /**
     * The metadata at {@code url}, as {@link #open(String, Map)} gives them.
     *
     * @param watch is told of each call to the cluster, as {@link TikvCluster} says
     */
    public MetaEngine open(String url, Consumer<String> watch) throws FileError {
        return new KeyValueEngine(store(TikvUrl.parse(url), watch), UsageCounting.DEFERRED);
    }

    @Override
    public long destroy(String url, Map<String, String> environment) throws FileError {
        try (ByteStore store = store(TikvUrl.parse(url), _ -> {})) {
            return RecordRemoval.removeAll(store);
        }
    }

    static TikvByteStore store(TikvUrl url, Consumer<String> watch) throws FileError {
        try {
            TikvCluster cluster = TikvCluster.connect(url.drivers(), url.security(), PATIENCE, watch);
            return new TikvByteStore(cluster, new KeyPrefix(url.name()), url.keepVersions());
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }
}
