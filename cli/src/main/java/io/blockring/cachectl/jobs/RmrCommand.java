package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.CommonOptions;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.RemoveTreeJob;
import io.blockring.proto.jobs.TreeChange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl rmr}: removes a tree with many threads. */
@Command(
        name = "rmr",
        description = "Remove a path and all below it, into the trash if the volume has one.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl rmr /mnt/lab/old",
            "  cachectl rmr /mnt/lab/old --skip-trash --threads 50",
            "  cachectl rmr redis://127.0.0.1:6379/1 --path /old -o json",
            "",
            "Exit codes: 0 all is gone, 4 some entries are left and told."
        })
public final class RmrCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(names = "--skip-trash", description = "Remove for good.")
    private boolean skipTrash;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setRemoveTree(RemoveTreeJob.newBuilder()
                        .setPath(ByteString.copyFrom(target.pathInVolume()))
                        .setSkipTrash(skipTrash)
                        .setThreads(threads))
                .build();
        try (JobRunner runner = target.open(false)) {
            JobOutcome outcome = JobOutcome.of("rmr", runner, request);
            TreeChange change = outcome.change();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("removed", change.getEntries());
            fields.put("failed", change.getFailed());
            return outcome.print(
                    common, fields, "removed %d entries of %s".formatted(change.getEntries(), target.shown()));
        }
    }
}
