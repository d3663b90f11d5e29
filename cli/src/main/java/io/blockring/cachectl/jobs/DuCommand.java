package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.TreeUsage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl du}: how much a tree holds, without a walk over its files. */
@Command(
        name = "du",
        description = "Show how much a tree holds, from the statistics of its directories: no file is looked at.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl du /mnt/lab/teams -d 1 --top 20",
            "  cachectl du redis://127.0.0.1:6379/1 --path /teams -o json",
            "  cachectl du /mnt/lab --verify          looks at each file too, and says whether they agree",
            "",
            "Paths are shown from the tree's top. Exit codes: 0, and 10 when --verify found a difference."
        })
public final class DuCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(
            names = {"-d", "--depth"},
            paramLabel = "DEPTH",
            defaultValue = "0",
            description = "Levels of entries that are shown one by one (default: 0).")
    private int depth;

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "100",
            description = "The largest entries that are shown of each directory (default: 100).")
    private int top = 100;

    @Option(names = "--verify", description = "Look at each file too, and compare.")
    private boolean verify;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        byte[] path = target.pathInVolume();
        Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try (JobRunner runner = target.open(true)) {
            TreeUsage usage = UsageTable.ask("du", runner, path, new UsageTable.Question(depth, top, false, threads));
            boolean agrees = !verify
                    || UsageTable.ask("du", runner, path, new UsageTable.Question(0, 0, true, threads))
                            .getSum()
                            .equals(usage.getSum());
            print(usage, at, agrees);
            return (agrees ? ExitCode.OK : ExitCode.CHECK_FAILED).status();
        }
    }

    private void print(TreeUsage usage, Instant at, boolean agrees) {
        if (common.isJson()) {
            Map<String, Object> fields = UsageTable.fields(usage);
            fields.put("at", at.toString());
            if (verify) {
                fields.put("verified", agrees);
            }
            Output.json(fields);
            return;
        }
        UsageTable.print(usage);
        System.out.println("as counted at " + at + (verify && agrees ? "; a walk agrees" : ""));
        if (!agrees) {
            System.err.println("error: the statistics of " + target.shown() + " are not what a walk finds");
            System.err.println("why: a client died before it wrote them, or somebody wrote meanwhile");
            System.err.println("try: cachectl quota check --strict --repair " + target.shown());
        }
    }
}
