package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.TreeUsage;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl summary}: the largest parts of a tree. */
@Command(
        name = "summary",
        description = "Show the largest entries of a tree, level by level.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl summary /mnt/lab",
            "  cachectl summary /mnt/lab/teams --depth 3 --entries 5 --strict",
            "  cachectl summary redis://127.0.0.1:6379/1 -o json"
        })
public final class SummaryCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(
            names = {"-d", "--depth"},
            paramLabel = "DEPTH",
            defaultValue = "2",
            description = "Levels of entries (default: 2).")
    private int depth = 2;

    @Option(
            names = {"-e", "--entries"},
            paramLabel = "N",
            defaultValue = "10",
            description = "The largest entries of each directory (default: 10).")
    private int entries = 10;

    @Option(names = "--strict", description = "Look at each file; else the statistics of directories tell.")
    private boolean strict;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        try (JobRunner runner = target.open(true)) {
            TreeUsage usage = UsageTable.ask(
                    "summary", runner, target.pathInVolume(), new UsageTable.Question(depth, entries, strict, threads));
            if (common.isJson()) {
                Output.json(UsageTable.fields(usage));
            } else {
                UsageTable.print(usage);
            }
            return 0;
        }
    }
}
