package io.blockring.mount.jobs;

import com.google.protobuf.ByteString;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.tree.TreeJobs;
import io.blockring.proto.jobs.CheckQuotasJob;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.OwnedQuota;
import io.blockring.proto.jobs.SetQuotaJob;
import io.blockring.proto.jobs.WrongSum;
import org.jspecify.annotations.Nullable;

/** Quotas of directories, users and groups. */
final class QuotaJobs {
    private QuotaJobs() {}

    static void set(OpenVolume volume, SetQuotaJob job, JobListener listener) throws FileError {
        tell(
                listener,
                volume.tree()
                        .jobs()
                        .setQuota(
                                owner(volume, job.getOwner()),
                                job.hasMaxSpace() ? job.getMaxSpace() : null,
                                job.hasMaxInodes() ? job.getMaxInodes() : null,
                                job.getStrict(),
                                new WatchedJob("entries", volume, listener)));
    }

    static void get(OpenVolume volume, io.blockring.proto.jobs.QuotaOwner asked, JobListener listener)
            throws FileError {
        tell(listener, volume.tree().jobs().quota(owner(volume, asked)));
    }

    static void list(OpenVolume volume, JobListener listener) throws FileError {
        for (TreeJobs.OwnedQuota quota : volume.tree().jobs().quotas()) {
            tell(listener, quota);
        }
    }

    static void remove(OpenVolume volume, io.blockring.proto.jobs.QuotaOwner asked) throws FileError {
        volume.tree().jobs().removeQuota(owner(volume, asked));
    }

    static void check(OpenVolume volume, CheckQuotasJob job, JobListener listener) throws FileError {
        @Nullable QuotaOwner only = job.hasOwner() ? owner(volume, job.getOwner()) : null;
        var watch = new WatchedJob("entries", volume, listener);
        for (TreeJobs.WrongSum wrong :
                volume.tree().jobs().checkQuotas(only, job.getStrict(), job.getRepair(), watch)) {
            DirectoryStats counted = wrong.counted();
            listener.hear(JobEvent.newBuilder()
                    .setWrongSum(WrongSum.newBuilder()
                            .setOwner(message(wrong.owner(), wrong.path()))
                            .setCounted(counted != null)
                            .setCountedSpace(counted == null ? 0 : counted.space())
                            .setCountedInodes(counted == null ? 0 : counted.inodes())
                            .setFoundSpace(wrong.found().space())
                            .setFoundInodes(wrong.found().inodes()))
                    .build());
        }
    }

    private static QuotaOwner owner(OpenVolume volume, io.blockring.proto.jobs.QuotaOwner asked) throws FileError {
        return switch (asked.getOwnerCase()) {
            case UID -> new QuotaOwner.User(asked.getUid());
            case GID -> new QuotaOwner.Group(asked.getGid());
            case PATH ->
                directory(VolumePath.find(volume.tree(), asked.getPath().toByteArray()));
            case OWNER_NOT_SET -> throw new FileError(FileError.Kind.INVALID, "nobody is named whose quota it is");
        };
    }

    private static QuotaOwner directory(Entry entry) throws FileError {
        if (entry.attr().type() != FileType.DIRECTORY) {
            throw new FileError(FileError.Kind.NOT_DIRECTORY, "only directories, users and groups have quotas");
        }
        return new QuotaOwner.Directory(entry.inode());
    }

    private static io.blockring.proto.jobs.QuotaOwner message(QuotaOwner owner, String path) {
        var message = io.blockring.proto.jobs.QuotaOwner.newBuilder();
        return switch (owner) {
            case QuotaOwner.Directory _ ->
                message.setPath(ByteString.copyFromUtf8(path)).build();
            case QuotaOwner.User(int uid) -> message.setUid(uid).build();
            case QuotaOwner.Group(int gid) -> message.setGid(gid).build();
        };
    }

    private static void tell(JobListener listener, TreeJobs.OwnedQuota owned) {
        listener.hear(JobEvent.newBuilder()
                .setQuota(OwnedQuota.newBuilder()
                        .setOwner(message(owned.owner(), owned.path()))
                        .setMaxSpace(owned.quota().maxSpace())
                        .setMaxInodes(owned.quota().maxInodes())
                        .setUsedSpace(owned.quota().usedSpace())
                        .setUsedInodes(owned.quota().usedInodes()))
                .build());
    }
}
