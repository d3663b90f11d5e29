package io.blockring.mount;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.cacheclient.CacheStatistics;
import io.blockring.cacheclient.GroupHealth;
import io.blockring.filesystem.FileSystem;
import io.blockring.meta.FileError;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeUsage;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.proto.mount.GroupLink;
import io.blockring.proto.mount.MetaTrust;
import io.blockring.proto.mount.MountDescription;
import io.blockring.proto.mount.ReadCounters;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what a mount is and has done. */
final class MountDescriptions {
    private static final Logger LOG = LoggerFactory.getLogger(MountDescriptions.class);
    private static final long STARTED_AT_MILLIS = System.currentTimeMillis();

    private final MountSettings settings;
    private final Volume volume;
    private final VolumeFormat format;
    private final BlockCache cache;
    private final FileSystem files;

    MountDescriptions(MountSettings settings, Volume volume, BlockCache cache, FileSystem files) {
        this.settings = settings;
        this.volume = volume;
        this.format = volume.format();
        this.cache = cache;
        this.files = files;
    }

    MountDescription describe() {
        var description = MountDescription.newBuilder()
                .setMountPoint(settings.mountPoint().toString())
                .setPid(ProcessHandle.current().pid())
                .setMetaUrl(settings.shownMetaUrl())
                .setVolume(format.name())
                .setVolumeUuid(format.uuid().toString())
                .setStorage(format.storage())
                .setBucket(format.bucket())
                .setBlockBytes(format.blockBytes())
                .setHashPrefix(format.hashPrefix())
                .setCompression(format.atRest().compression())
                .setEncryption(format.atRest().encryption())
                .setTrashDays(format.trashDays())
                .setStartedAtMillis(STARTED_AT_MILLIS)
                .setGroup(settings.group())
                .addAllSeeds(settings.seeds())
                .setMetaTrust(trust())
                .setAtimeMode(settings.accessTimes().name().toLowerCase(Locale.ROOT))
                .setReads(reads());
        addGroup(description);
        addUsage(description);
        addVersions(description);
        return description.build();
    }

    private MetaTrust trust() {
        CacheTimes times = settings.cacheTimes();
        return MetaTrust.newBuilder()
                .setAttrMillis(times.attributes().toMillis())
                .setEntryMillis(times.entries().toMillis())
                .setDirEntryMillis(times.directoryEntries().toMillis())
                .setNegativeEntryMillis(times.missingEntries().toMillis())
                .setOpenMillis(times.open().toMillis())
                .build();
    }

    private ReadCounters reads() {
        CacheStatistics read = cache.statistics();
        return ReadCounters.newBuilder()
                .setMemoryBytes(read.memoryBytes())
                .setDiskBytes(read.diskBytes())
                .setPeerBytes(read.peerBytes())
                .setObjectBytes(read.objectBytes())
                .putAllNodeBytes(read.nodeBytes())
                .setObjectGets(read.storeGets())
                .build();
    }

    private void addGroup(MountDescription.Builder description) {
        GroupHealth health = cache.health();
        BlockKey.Slice someKey = cache.keyOf(1, 0, 1);
        description
                .setGroupLink(
                        switch (health.state()) {
                            case NO_GROUP -> GroupLink.NO_GROUP;
                            case CONNECTED -> GroupLink.CONNECTED;
                            case DEGRADED -> GroupLink.DEGRADED;
                        })
                .setEpoch(health.epoch())
                .setVolumeId(someKey.volumeId())
                .setIncarnation(someKey.incarnation());
    }

    private void addUsage(MountDescription.Builder description) {
        try {
            VolumeUsage usage = files.usage();
            description
                    .setTotalBytes(usage.totalBytes())
                    .setAvailableBytes(usage.availableBytes())
                    .setUsedInodes(usage.usedInodes());
        } catch (FileError e) {
            LOG.warn("the usage of volume {} is not known: {}", format.name(), e.getMessage());
        }
    }

    private void addVersions(MountDescription.Builder description) {
        try {
            volume.versionsSince().ifPresent(since -> description.setMetaVersionsSinceMillis(since.toEpochMilli()));
        } catch (VolumeException e) {
            LOG.warn("volume {}: {}", format.name(), e.getMessage());
        }
    }

    /** One line for whoever mounted. */
    String summary() {
        GroupHealth health = cache.health();
        String group = switch (health.state()) {
            case NO_GROUP -> "no group";
            case CONNECTED -> "group " + settings.group() + ", epoch " + health.epoch();
            case DEGRADED ->
                "group " + settings.group() + " DEGRADED: " + health.why() + "; reads go to the object store";
        };
        return format.name() + " at " + settings.mountPoint() + " · " + group;
    }
}
