package io.blockring.cachectl.files;

import io.blockring.proto.mount.MetaTrust;
import io.blockring.proto.mount.MountDescription;
import io.blockring.proto.mount.ReadCounters;
import java.util.Locale;
import java.util.Map;

/** A mount as scripts see it. */
record MountStatus(
        String mountPoint,
        long pid,
        String volume,
        String metaUrl,
        String storage,
        String bucket,
        String group,
        String link,
        long epoch,
        long totalBytes,
        long availableBytes,
        long usedInodes,
        Reads reads,
        Trust trust,
        String atimeMode,
        String metaVersionsSince) {

    /** For how many seconds the metadata are believed, by the names of the options. */
    record Trust(double attr, double entry, double dirEntry, double negativeEntry, double open) {
        static Trust of(MetaTrust millis) {
            return new Trust(
                    millis.getAttrMillis() / 1e3,
                    millis.getEntryMillis() / 1e3,
                    millis.getDirEntryMillis() / 1e3,
                    millis.getNegativeEntryMillis() / 1e3,
                    millis.getOpenMillis() / 1e3);
        }
    }

    /** Bytes given to readers since the mount started, each counted once, by where they came from. */
    record Reads(
            long memory, long disk, long peer, long object, long local, long objectGets, Map<String, Long> nodes) {}

    static MountStatus of(MountDescription found) {
        ReadCounters reads = found.getReads();
        return new MountStatus(
                found.getMountPoint(),
                found.getPid(),
                found.getVolume(),
                found.getMetaUrl(),
                found.getStorage(),
                found.getBucket(),
                found.getGroup(),
                found.getGroupLink().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                found.getEpoch(),
                found.getTotalBytes(),
                found.getAvailableBytes(),
                found.getUsedInodes(),
                new Reads(
                        reads.getMemoryBytes(),
                        reads.getDiskBytes(),
                        reads.getPeerBytes(),
                        reads.getObjectBytes(),
                        reads.getLocalBytes(),
                        reads.getObjectGets(),
                        reads.getNodeBytesMap()),
                Trust.of(found.getMetaTrust()),
                found.getAtimeMode(),
                VolumeFacts.metaVersionsSince(found));
    }
}
