package io.blockring.cachectl.jobs;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Failures;
import io.blockring.cachectl.Output;
import io.blockring.meta.FileError;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.VolumeBucket;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.SettingJob;
import io.blockring.proto.jobs.SettingResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume set}: other settings for a volume. */
@Command(
        name = "set",
        description = "Change settings of a volume; all that is not named stays as it is.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume set redis://127.0.0.1:6379/1 --trash-days 7 --capacity 10TiB",
            "  cachectl volume set rocksdb:///var/lib/blockring/lab --store-credentials keys.conf",
            "  cachectl volume set redis://127.0.0.1:6379/1 --bucket http://10.0.0.2:9000/lab --yes",
            "",
            "Mounts hear of a change within seconds; of another bucket or other keys, when they are mounted again."
        })
public final class SetCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
    private String meta = "";

    @Option(
            names = "--trash-days",
            paramLabel = "N",
            description = "How long deleted files are kept, 0 for not at all.")
    private @Nullable Integer trashDays;

    @Option(names = "--capacity", paramLabel = "SIZE", description = "Most bytes in the volume, 0 for no limit.")
    private @Nullable ByteSize capacity;

    @Option(names = "--inodes", paramLabel = "N", description = "Most files and directories, 0 for no limit.")
    private @Nullable Long inodes;

    @Option(
            names = "--dir-stats",
            paramLabel = "true|false",
            description = "Keep statistics of directories; once on, fsck --repair counts what is there.")
    private @Nullable Boolean directoryStats;

    @Option(names = "--enable-acl", description = "Keep access control lists; for good.")
    private boolean enableAcl;

    @Option(
            names = "--bucket",
            paramLabel = "URL",
            description = "Where the same objects are to be found from now on: URL of a bucket, or a directory.")
    private @Nullable String bucket;

    @Option(names = "--kind", paramLabel = "s3|minio|file", description = "Of which kind that store is.")
    private @Nullable String storage;

    @Option(
            names = "--store-credentials",
            paramLabel = "FILE",
            description = "File of mode 0600 with the access-key and secret-key that the settings are to have.")
    private @Nullable Path credentials;

    @Option(names = "--min-client-version", paramLabel = "V", description = "Least client version that may use it.")
    private @Nullable String minClientVersion;

    @Option(names = "--max-client-version", paramLabel = "V", description = "Most recent one; empty for any.")
    private @Nullable String maxClientVersion;

    @Option(names = "--yes", description = "Also where live sessions keep to the old value.")
    private boolean yes;

    private SettingResult result = SettingResult.getDefaultInstance();

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder().setSetting(job()).build();
        try (JobRunner runner = MetaTarget.open(meta, false)) {
            JobRun.run("set", runner, request, this::take);
        } catch (FileError e) {
            throw explained(e);
        }
        if (common.isJson()) {
            Output.json(
                    Map.of("changed", List.copyOf(result.getChangedList()), "needsRemount", result.getNeedsRemount()));
        } else if (result.getChangedCount() == 0) {
            System.out.println("nothing changed: the settings are so already");
        } else {
            System.out.println("changed " + String.join(", ", result.getChangedList())
                    + (result.getNeedsRemount() && result.getSessions() > 0
                            ? "; %d sessions keep to the old values until they are mounted again"
                                    .formatted(result.getSessions())
                            : ""));
        }
        return 0;
    }

    private void take(JobEvent event) {
        result = event.getSetting();
    }

    private SettingJob job() throws Exception {
        var job = SettingJob.newBuilder().setForce(yes);
        if (trashDays != null) {
            job.setTrashDays(trashDays);
        }
        if (capacity != null) {
            job.setCapacityBytes(capacity.bytes());
        }
        if (inodes != null) {
            job.setInodeLimit(inodes);
        }
        if (directoryStats != null) {
            job.setDirectoryStats(directoryStats);
        }
        if (enableAcl) {
            job.setEnableAcl(true);
        }
        if (bucket != null) {
            job.setBucket(VolumeBucket.typed(storage, bucket));
        }
        if (storage != null) {
            job.setStorage(storage);
        }
        if (credentials != null) {
            Credentials keys = Credentials.ofFile(credentials);
            job.setAccessKey(keys.accessKey()).setSecretKey(keys.secretKey());
        }
        if (minClientVersion != null) {
            job.setMinClientVersion(minClientVersion);
        }
        if (maxClientVersion != null) {
            job.setMaxClientVersion(maxClientVersion);
        }
        return job.build();
    }

    private CommandFailure explained(FileError e) {
        String shown = MetaTarget.shown(meta);
        String what = "the settings of " + shown + " were not changed";
        String why = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case BUSY ->
                new CommandFailure(
                                ExitCode.CONFLICT,
                                "IN_USE",
                                what,
                                why,
                                "the same with --yes, or first: cachectl volume ls " + shown)
                        .causedBy(e);
            case INVALID, NOT_SUPPORTED ->
                new CommandFailure(ExitCode.USAGE, "REFUSED", what, why, "cachectl volume set --help").causedBy(e);
            default -> Failures.of(e);
        };
    }
}
