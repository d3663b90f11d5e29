package io.blockring.meta.keyvalue;

import io.blockring.etcdclient.EtcdCluster;
import io.blockring.etcdclient.EtcdException;
import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngine.UsageCounting;
import io.blockring.meta.engine.MetadataService;
import java.time.Duration;
import java.util.Map;

/** The metadata of volumes in etcd, for some GB of them. A password may be in {@code META_PASSWORD}. */
public final class EtcdVolumes implements MetadataService {
    /** How long one operation waits for the cluster, as its members wait for one another. */
    private static final Duration PATIENCE = Duration.ofSeconds(7);

    /** How long somebody who opens a volume waits to hear that nobody answers. */
    private static final Duration GREETING = Duration.ofSeconds(4);

    @Override
    public String title() {
        return "etcd";
    }

    @Override
    public boolean names(String url) {
        return url.startsWith(EtcdUrl.SCHEME);
    }

    @Override
    public MetaEngine open(String url, Map<String, String> environment) throws FileError {
        EtcdUrl parsed = EtcdUrl.parse(url, environment);
        try (ByteStore first = store(parsed, GREETING)) {
            first.latest().get(KeyLayout.setting());
        }
        return new KeyValueEngine(store(parsed), UsageCounting.DEFERRED);
    }

    @Override
    public long destroy(String url, Map<String, String> environment) throws FileError {
        try (ByteStore store = store(EtcdUrl.parse(url, environment))) {
            return RecordRemoval.removeAll(store);
        }
    }

    static EtcdByteStore store(EtcdUrl url) throws FileError {
        return store(url, PATIENCE);
    }

    static EtcdByteStore store(EtcdUrl url, Duration patience) throws FileError {
        try {
            EtcdCluster cluster = EtcdCluster.connect(url.members(), url.security(), url.login(), patience);
            return new EtcdByteStore(cluster, new KeyPrefix(url.name()));
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }
}
