package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.CommonOptions;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.CompactJob;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.TreeChange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl compact}: makes few slices of many. */
@Command(
        name = "compact",
        description =
                "Make one slice of the many that chunks of files are made of, for a file or all below a directory.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl compact /mnt/lab/table.db",
            "  cachectl compact redis://127.0.0.1:6379/1 --path /tables -o json",
            "",
            "The data is read and stored again; what it replaces goes when the trash does."
        })
public final class CompactCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setCompact(CompactJob.newBuilder()
                        .setPath(ByteString.copyFrom(target.pathInVolume()))
                        .setThreads(threads))
                .build();
        try (JobRunner runner = target.open(false)) {
            JobOutcome outcome = JobOutcome.of("compact", runner, request);
            TreeChange change = outcome.change();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("files", change.getEntries());
            fields.put("chunks", change.getChunks());
            fields.put("slicesBefore", change.getSlicesBefore());
            fields.put("slicesAfter", change.getSlicesAfter());
            fields.put("failed", change.getFailed());
            return outcome.print(
                    common,
                    fields,
                    "compacted %d chunks of %d files: %d slices, and %d now"
                            .formatted(
                                    change.getChunks(),
                                    change.getEntries(),
                                    change.getSlicesBefore(),
                                    change.getSlicesAfter()));
        }
    }
}
