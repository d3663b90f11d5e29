package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.FsckJob;
import io.blockring.proto.jobs.FsckResult;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobFinding;
import io.blockring.proto.jobs.JobRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl fsck}: whether a volume is whole. */
@Command(
        name = "fsck",
        description = {
            "Check that the tree is whole and that all blocks of its files are in the object store.",
            "With a path below the root: the blocks of the files there, and no more."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl fsck redis://127.0.0.1:6379/1",
            "  cachectl fsck rocksdb:///var/lib/blockring/lab --repair",
            "  cachectl fsck /mnt/lab/datasets/imagenet -o json",
            "",
            "Exit code 10: something is broken and was not repaired. Repaired are: links, parents, statistics and lost",
            "attributes of directories, and the sums of the volume."
        })
public final class FsckCommand implements Callable<Integer> {
    /** Findings in JSON, which are printed together at the end; more are counted. */
    private static final int MOST_LISTED = 10_000;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(names = "--repair", description = "Put right what can be.")
    private boolean repair;

    private final List<Map<String, Object>> findings = new ArrayList<>();
    private FsckResult result = FsckResult.getDefaultInstance();

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setFsck(FsckJob.newBuilder()
                        .setPath(ByteString.copyFrom(target.pathInVolume()))
                        .setRepair(repair))
                .build();
        try (JobRunner runner = target.open(!repair)) {
            JobRun.run("fsck", runner, request, this::take);
        }
        print();
        boolean broken = result.getBroken() > 0 || result.getLostBlocks() > 0;
        return (broken ? ExitCode.CHECK_FAILED : ExitCode.OK).status();
    }

    private void take(JobEvent event) {
        if (event.hasFsck()) {
            result = event.getFsck();
            return;
        }
        JobFinding finding = event.getFinding();
        String path = finding.getPath().toStringUtf8();
        if (!common.isJson()) {
            System.out.println((finding.getRepaired() ? "repaired " : "") + finding.getCode() + " "
                    + (path.isEmpty() ? "" : path + ": ") + finding.getText());
        } else if (findings.size() < MOST_LISTED) {
            findings.add(Map.of(
                    "code", finding.getCode(),
                    "path", path,
                    "text", finding.getText(),
                    "repaired", finding.getRepaired()));
        }
    }

    private void print() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("entries", result.getEntries());
        fields.put("chunks", result.getChunks());
        fields.put("objects", result.getObjects());
        fields.put("broken", result.getBroken());
        fields.put("repaired", result.getRepaired());
        fields.put("brokenFiles", result.getBrokenFiles());
        fields.put("lostBlocks", result.getLostBlocks());
        fields.put("lostBytes", result.getLostBytes());
        if (common.isJson()) {
            fields.put("findings", findings);
            Output.json(fields);
            return;
        }
        System.out.println(
                ("%d entries, %d chunks and %d objects checked: %d broken, %d repaired; %d blocks of %d files"
                                + " lost")
                        .formatted(
                                result.getEntries(),
                                result.getChunks(),
                                result.getObjects(),
                                result.getBroken(),
                                result.getRepaired(),
                                result.getLostBlocks(),
                                result.getBrokenFiles()));
    }
}
