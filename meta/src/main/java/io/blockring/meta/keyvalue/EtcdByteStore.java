package io.blockring.meta.keyvalue;

import io.blockring.etcdclient.EtcdCluster;
import io.blockring.etcdclient.EtcdException;
import io.blockring.etcdclient.EtcdReader;
import io.blockring.meta.FileError;

/** The keys of one volume in an etcd cluster. A commit that was answered is on the disks of most members. */
final class EtcdByteStore implements ByteStore {
    /** What a server takes in one transaction unless its {@code --max-txn-ops} says otherwise. */
    private static final int MOST_RECORDS = 128;

    private final EtcdCluster cluster;
    private final KeyPrefix prefix;
    private final ByteReads latest;

    EtcdByteStore(EtcdCluster cluster, KeyPrefix prefix) {
        this.cluster = cluster;
        this.prefix = prefix;
        this.latest = new EtcdReads(cluster::reader, prefix);
    }

    @Override
    public ByteReads latest() {
        return latest;
    }

    /** Its moment is that of its first read; it can be read until that is compacted. */
    @Override
    public Snapshot snapshot() {
        EtcdReader moment = cluster.reader();
        return new EtcdReads(() -> moment, prefix);
    }

    @Override
    public ByteTransaction begin() {
        return new EtcdByteTransaction(cluster.begin(), prefix);
    }

    @Override
    public boolean exclusive() {
        return false;
    }

    @Override
    public int mostRecords() {
        return MOST_RECORDS;
    }

    /** Each commit has done so. */
    @Override
    public void sync() {}

    static FileError failure(EtcdException e) {
        FileError.Kind kind = switch (e.reason()) {
            case FULL -> FileError.Kind.NO_SPACE;
            case INTERRUPTED -> FileError.Kind.INTERRUPTED;
            case NO_ANSWER, REFUSED -> FileError.Kind.IO;
        };
        return new FileError(kind, "etcd: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        cluster.close();
    }
}
