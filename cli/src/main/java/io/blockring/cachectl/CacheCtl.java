package io.blockring.cachectl;

import io.blockring.cachectl.cluster.EvictCommand;
import io.blockring.cachectl.cluster.GroupCommand;
import io.blockring.cachectl.cluster.NodeCommand;
import io.blockring.cachectl.files.FormatCommand;
import io.blockring.cachectl.files.MountCommand;
import io.blockring.cachectl.files.StatusCommand;
import io.blockring.cachectl.files.UmountCommand;
import io.blockring.cachectl.files.VolumeCommand;
import io.blockring.cachectl.files.WhereCommand;
import io.blockring.cachectl.jobs.CloneCommand;
import io.blockring.cachectl.jobs.CompactCommand;
import io.blockring.cachectl.jobs.DuCommand;
import io.blockring.cachectl.jobs.FsckCommand;
import io.blockring.cachectl.jobs.GcCommand;
import io.blockring.cachectl.jobs.InfoCommand;
import io.blockring.cachectl.jobs.QuotaCommand;
import io.blockring.cachectl.jobs.RestoreCommand;
import io.blockring.cachectl.jobs.RmrCommand;
import io.blockring.cachectl.jobs.SummaryCommand;
import io.blockring.cachectl.quickstart.QuickstartCommand;
import io.blockring.cachectl.warmup.WarmupCommand;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line {@code cachectl}: parses, runs one command, and turns whatever happens into an exit code. */
@Command(
        name = "cachectl",
        description = "A cache group and POSIX mounts over object storage.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            VolumeCommand.class,
            GroupCommand.class,
            NodeCommand.class,
            MountCommand.class,
            UmountCommand.class,
            WarmupCommand.class,
            EvictCommand.class,
            WhereCommand.class,
            CloneCommand.class,
            RmrCommand.class,
            RestoreCommand.class,
            CompactCommand.class,
            QuotaCommand.class,
            DuCommand.class,
            InfoCommand.class,
            SummaryCommand.class,
            FsckCommand.class,
            GcCommand.class,
            FormatCommand.class,
            StatusCommand.class,
            VersionCommand.class,
            CompletionCommand.class,
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl quickstart                          a whole cache group on this machine, with proof",
            "  cachectl mount rocksdb:///var/lib/blockring/lab /mnt/lab --group train --seeds 127.0.0.1:7001",
            "  cachectl warmup /mnt/lab/datasets/imagenet",
            "",
            "Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 partial, 5 no room, 6 unreachable,",
            "7 no permission, 8 conflict, 10 a check said no, 124 time-out, 130 interrupted."
        })
public final class CacheCtl implements Runnable {
    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    /** Runs one command and exits with its {@link ExitCode}. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        var line = new CommandLine(new CacheCtl());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.registerConverter(ByteSize.class, new ByteSize.Converter());
        line.setParameterExceptionHandler((e, given) -> fail(usageFailure(e), given));
        line.setExecutionExceptionHandler((e, command, result) -> fail(Failures.of(e), args));
        try {
            return line.execute(args);
        } catch (Error e) {
            return fail(Failures.of(e), args); // picocli hands on only exceptions
        }
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    private static CommandFailure usageFailure(ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        List<String> suggestions =
                e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        String hint = suggestions.isEmpty()
                ? command + " --help"
                : command + " " + suggestions.getFirst() + "   (did you mean that?)";
        return new CommandFailure(
                ExitCode.USAGE, "USAGE", command + " cannot be run like this", String.valueOf(e.getMessage()), hint);
    }

    private static int fail(CommandFailure failure, String[] args) {
        List<String> given = Arrays.asList(args);
        int output = Math.max(given.indexOf("-o"), given.indexOf("--output"));
        boolean json = given.contains("-ojson")
                || given.contains("--output=json")
                || (output >= 0
                        && output + 1 < given.size()
                        && given.get(output + 1).equals("json"));
        Output.failure(failure, json ? Output.Format.json : Output.Format.table, System.err);
        boolean verbose = given.contains("-v") || given.contains("--verbose");
        if (verbose && failure.getCause() != null) {
            failure.getCause().printStackTrace();
        }
        return failure.exitCode().status();
    }
}
