package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommonOptions;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.RestoreJob;
import io.blockring.proto.jobs.TreeChange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl restore}: brings back what was removed. */
@Command(
        name = "restore",
        description = "Restore what was removed in some hours: put removed trees together in the trash, or back.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl restore /mnt/lab 2026-11-22-16                the trees of that hour (UTC), within the trash",
            "  cachectl restore /mnt/lab 2026-11-22-16 --put-back     all of it, to where it was",
            "",
            "The folders of the trash are in .trash of the volume's root. What has a name that is taken stays there.",
            "Exit codes: 0 done, 4 some entries are left and told."
        })
public final class RestoreCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "HOUR", description = "Folders of the trash.")
    private List<String> hours = List.of();

    @Option(names = "--put-back", description = "Move everything to where it was.")
    private boolean putBack;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setRestore(RestoreJob.newBuilder()
                        .addAllHours(hours)
                        .setPutBack(putBack)
                        .setThreads(threads))
                .build();
        try (JobRunner runner = target.open(false)) {
            JobOutcome outcome = JobOutcome.of("restore", runner, request);
            TreeChange change = outcome.change();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("restored", change.getEntries());
            fields.put("waiting", change.getWaiting());
            fields.put("taken", change.getTaken());
            fields.put("failed", change.getFailed());
            String waiting = change.getWaiting() == 0
                    ? ""
                    : "; %d wait in the trash for --put-back".formatted(change.getWaiting());
            return outcome.print(common, fields, "restored %d entries%s".formatted(change.getEntries(), waiting));
        }
    }
}
