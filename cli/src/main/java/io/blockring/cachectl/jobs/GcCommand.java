package io.blockring.cachectl.jobs;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.GcJob;
import io.blockring.proto.jobs.GcResult;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl gc}: what nobody needs any more. */
@Command(
        name = "gc",
        description = "Find objects and records that nobody needs any more, and delete them where --delete says so.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl gc redis://127.0.0.1:6379/1                    look only",
            "  cachectl gc rocksdb:///var/lib/blockring/lab --delete",
            "  cachectl gc /mnt/lab --compact --delete",
            "",
            "An object younger than an hour is never deleted, nor one whose name is no block's."
        })
public final class GcCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(names = "--dry-run", description = "Look only; so it does without --compact and --delete.")
    private boolean dryRun;

    @Option(names = "--compact", description = "Make one slice of the many of each chunk that has several.")
    private boolean compact;

    @Option(names = "--delete", description = "Delete leaked objects, and what was kept for as long as the trash.")
    private boolean delete;

    private GcResult result = GcResult.getDefaultInstance();
    private final List<String> unknown = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setGc(GcJob.newBuilder().setCompact(compact && !dryRun).setDelete(delete && !dryRun))
                .build();
        try (JobRunner runner = target.open(dryRun || !(compact || delete))) {
            JobRun.run("gc", runner, request, this::take);
        }
        print();
        return 0;
    }

    private void take(JobEvent event) {
        if (event.hasGc()) {
            result = event.getGc();
        } else {
            unknown.add(event.getFinding().getText());
        }
    }

    private void print() {
        if (common.isJson()) {
            Output.json(fields());
            return;
        }
        Output.table(List.of(
                List.of("WHAT", "COUNT", "BYTES"),
                row("objects in use", result.getUsedObjects(), -1),
                row("leaked objects", result.getLeakedObjects(), result.getLeakedBytes()),
                row("young objects of no slice", result.getYoungObjects(), -1),
                row("objects that are no blocks", result.getUnknownObjects(), -1),
                row("slices without references", result.getDeadSlices(), result.getDeadBytes()),
                row("replaced slices, kept", result.getKeptSlices(), result.getKeptBytes()),
                row("replaced slices, due", result.getDueSlices(), result.getDueBytes()),
                row("deleted files", result.getDeletedFiles(), result.getDeletedFileBytes()),
                row("abandoned clones", result.getAbandonedClones(), -1),
                row("chunks compacted", result.getCompactedChunks(), -1)));
        unknown.forEach(System.out::println);
        System.out.println(
                delete && !dryRun
                        ? "deleted " + ByteSize.show(result.getDeletedBytes()) + " of leaked objects, and what was due"
                        : "nothing was deleted; to delete what is due: add --delete");
    }

    private static List<String> row(String what, long count, long bytes) {
        return List.of(what, Long.toString(count), bytes < 0 ? "" : ByteSize.show(bytes));
    }

    private Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        GcResult.getDescriptor().getFields().forEach(field -> fields.put(field.getJsonName(), result.getField(field)));
        fields.put("unknown", unknown);
        return fields;
    }
}
