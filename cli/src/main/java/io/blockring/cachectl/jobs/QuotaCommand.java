package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.CheckQuotasJob;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.ListQuotasJob;
import io.blockring.proto.jobs.OwnedQuota;
import io.blockring.proto.jobs.QuotaOwner;
import io.blockring.proto.jobs.SetQuotaJob;
import io.blockring.proto.jobs.WrongSum;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl quota}: limits of directories, users and groups. */
@Command(
        name = "quota",
        description = "Limit what directories, users and groups may use of a volume, and show what they use.",
        subcommands = {
            QuotaCommand.Set.class,
            QuotaCommand.Get.class,
            QuotaCommand.Ls.class,
            QuotaCommand.Rm.class,
            QuotaCommand.Check.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl quota set /mnt/lab/teams/bio --capacity 20TiB --inodes 50M",
            "  cachectl quota set /mnt/lab --uid 1000 --capacity 2TiB",
            "  cachectl quota ls redis://127.0.0.1:6379/1 -o json",
            "  cachectl quota check /mnt/lab --repair",
            "",
            "Other mounts hold to a quota within 12 s."
        })
public final class QuotaCommand implements Runnable {
    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    /** Whose quota: the directory at the target, if nobody else is named. */
    static final class Owner {
        @Option(names = "--uid", paramLabel = "UID", description = "The quota of a user.")
        @Nullable
        Integer uid;

        @Option(names = "--gid", paramLabel = "GID", description = "The quota of a group of users.")
        @Nullable
        Integer gid;

        static QuotaOwner of(@Nullable Owner owner, JobTarget target) throws IOException {
            var message = QuotaOwner.newBuilder();
            if (owner != null && owner.uid != null) {
                return message.setUid(owner.uid).build();
            }
            if (owner != null && owner.gid != null) {
                return message.setGid(owner.gid).build();
            }
            return message.setPath(ByteString.copyFrom(target.pathInVolume())).build();
        }
    }

    /** Sets limits. */
    @Command(
            name = "set",
            description = "Set limits; what is used by then is counted first.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl quota set /mnt/lab/teams/bio --capacity 20TiB --inodes 50M",
                "  cachectl quota set redis://127.0.0.1:6379/1 --gid 100 --inodes 0     (0: no limit)"
            })
    static final class Set implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private JobTarget target = new JobTarget();

        @ArgGroup
        @Nullable
        private Owner owner;

        @Option(
                names = {"--capacity", "--bytes"},
                paramLabel = "SIZE",
                description = "Bytes, as in 20TiB; 0 for no limit.")
        @Nullable
        private ByteSize capacity;

        @Option(
                names = {"--inodes", "--files"},
                paramLabel = "COUNT",
                description = "Inodes, as in 50M; 0 for no limit.")
        @Nullable
        private ByteSize inodes;

        @Option(names = "--strict", description = "Count what is used by a look at each file.")
        private boolean strict;

        @Override
        public Integer call() throws Exception {
            var job = SetQuotaJob.newBuilder().setOwner(Owner.of(owner, target)).setStrict(strict);
            if (capacity != null) {
                job.setMaxSpace(capacity.bytes());
            }
            if (inodes != null) {
                job.setMaxInodes(inodes.bytes());
            }
            try (JobRunner runner = target.open(false)) {
                OwnedQuota quota = JobOutcome.of(
                                "quota",
                                runner,
                                JobRequest.newBuilder().setSetQuota(job).build())
                        .result()
                        .getQuota();
                QuotaTable.print(common, List.of(quota), false);
                if (!common.isJson()) {
                    QuotaTable.warnOf(quota);
                }
            }
            return 0;
        }
    }

    /** Shows one quota. */
    @Command(
            name = "get",
            description = "Show limits and use of a directory, a user or a group.",
            footerHeading = "%nExamples:%n",
            footer = {"  cachectl quota get /mnt/lab/teams/bio", "  cachectl quota get /mnt/lab --uid 1000 -o json"})
    static final class Get implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private JobTarget target = new JobTarget();

        @ArgGroup
        @Nullable
        private Owner owner;

        @Override
        public Integer call() throws Exception {
            var request =
                    JobRequest.newBuilder().setGetQuota(Owner.of(owner, target)).build();
            try (JobRunner runner = target.open(true)) {
                QuotaTable.print(
                        common,
                        List.of(JobOutcome.of("quota", runner, request).result().getQuota()),
                        false);
            }
            return 0;
        }
    }

    /** Shows all quotas. */
    @Command(
            name = "ls",
            aliases = "list",
            description = "Show all limits of a volume, with what is used of them.",
            footerHeading = "%nExamples:%n",
            footer = {"  cachectl quota ls /mnt/lab", "  cachectl quota ls redis://127.0.0.1:6379/1 -o json"})
    static final class Ls implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private JobTarget target = new JobTarget();

        @Override
        public Integer call() throws Exception {
            var request = JobRequest.newBuilder()
                    .setListQuotas(ListQuotasJob.getDefaultInstance())
                    .build();
            try (JobRunner runner = target.open(true)) {
                QuotaTable.print(
                        common,
                        JobOutcome.of("quota", runner, request).results().stream()
                                .map(event -> event.getQuota())
                                .toList(),
                        true);
            }
            return 0;
        }
    }

    /** Takes limits away. */
    @Command(
            name = "rm",
            aliases = "delete",
            description = "Take limits away.",
            footerHeading = "%nExamples:%n",
            footer = {"  cachectl quota rm /mnt/lab/teams/bio", "  cachectl quota rm /mnt/lab --uid 1000"})
    static final class Rm implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private JobTarget target = new JobTarget();

        @ArgGroup
        @Nullable
        private Owner owner;

        @Override
        public Integer call() throws Exception {
            QuotaOwner whose = Owner.of(owner, target);
            var request = JobRequest.newBuilder().setRemoveQuota(whose).build();
            try (JobRunner runner = target.open(false)) {
                var _ = JobOutcome.of("quota", runner, request);
            }
            if (common.isJson()) {
                Output.json(Map.of("removed", QuotaTable.shown(whose)));
            } else {
                System.out.println("no limits any more for " + QuotaTable.shown(whose));
            }
            return 0;
        }
    }

    /** Compares what is counted with a walk. */
    @Command(
            name = "check",
            description = "Compare what is counted with a walk, for all quotas or for one.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl quota check /mnt/lab                    all quotas",
                "  cachectl quota check /mnt/lab/teams/bio --repair",
                "  cachectl quota check /mnt/lab --strict --repair   the statistics of all directories too",
                "",
                "What others write meanwhile may show as a difference. Exit codes: 0 all agrees or was repaired, 10 not."
            })
    static final class Check implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private JobTarget target = new JobTarget();

        @ArgGroup
        @Nullable
        private Owner owner;

        @Option(names = "--repair", description = "Set right what is wrong.")
        private boolean repair;

        @Option(names = "--strict", description = "Look at each file, and check the statistics of directories too.")
        private boolean strict;

        @Override
        public Integer call() throws Exception {
            QuotaOwner whose = Owner.of(owner, target);
            var job = CheckQuotasJob.newBuilder().setStrict(strict).setRepair(repair);
            if (!whose.hasPath()
                    || !whose.getPath().toStringUtf8().replace("/", "").isEmpty()) {
                job.setOwner(whose);
            }
            List<WrongSum> wrong;
            try (JobRunner runner = target.open(!repair)) {
                wrong =
                        JobOutcome.of(
                                        "quota",
                                        runner,
                                        JobRequest.newBuilder()
                                                .setCheckQuotas(job)
                                                .build())
                                .results()
                                .stream()
                                .map(event -> event.getWrongSum())
                                .toList();
            }
            boolean good = repair || wrong.isEmpty();
            if (common.isJson()) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("good", good);
                fields.put("repaired", repair);
                fields.put("differences", wrong.stream().map(QuotaTable::fields).toList());
                Output.json(fields);
            } else {
                QuotaTable.printWrong(wrong, repair);
            }
            return (good ? ExitCode.OK : ExitCode.CHECK_FAILED).status();
        }
    }
}
