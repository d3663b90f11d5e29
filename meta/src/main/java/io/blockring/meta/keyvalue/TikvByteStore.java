package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.tikvclient.Moments;
import io.blockring.tikvclient.TikvCluster;
import io.blockring.tikvclient.TikvException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The keys of one volume in a TiKV cluster. A commit that was answered is on the disks of most replicas. */
final class TikvByteStore implements ByteStore {
    private final TikvCluster cluster;
    private final KeyPrefix prefix;
    private final @Nullable Duration keepVersions;
    private final ByteReads latest;

    /** @param keepVersions how long old versions are kept; null when others take care of that */
    TikvByteStore(TikvCluster cluster, KeyPrefix prefix, @Nullable Duration keepVersions) {
        this.cluster = cluster;
        this.prefix = prefix;
        this.keepVersions = keepVersions;
        this.latest = new TikvReads(cluster.latest(), prefix);
    }

    @Override
    public ByteReads latest() {
        return latest;
    }

    @Override
    public Snapshot snapshot() throws FileError {
        try {
            return new TikvReads(cluster.snapshot(), prefix);
        } catch (TikvException e) {
            throw failure(e);
        }
    }

    @Override
    public ByteTransaction begin() throws FileError {
        try {
            return new TikvByteTransaction(cluster.begin(), prefix);
        } catch (TikvException e) {
            throw failure(e);
        }
    }

    @Override
    public boolean exclusive() {
        return false;
    }

    /** Each commit has done so. */
    @Override
    public void sync() {}

    /** A cluster without TiDB has nobody else who lets it drop versions. */
    @Override
    public void dropOldVersions() throws FileError {
        if (keepVersions == null) {
            return;
        }
        try {
            cluster.advanceSafePoint(Moments.before(cluster.moment(), keepVersions));
        } catch (TikvException e) {
            throw failure(e);
        }
    }

    @Override
    public Instant versionsSince() throws FileError {
        try {
            return Moments.instant(cluster.safePoint());
        } catch (TikvException e) {
            throw failure(e);
        }
    }

    static FileError failure(TikvException e) {
        return new FileError(FileError.Kind.IO, "TiKV: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        cluster.close();
    }
}
