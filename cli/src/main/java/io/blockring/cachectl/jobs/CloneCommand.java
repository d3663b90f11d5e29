package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.CloneJob;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.TreeChange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl clone}: a copy of a tree or a file that takes no space in the object store. */
@Command(
        name = "clone",
        description = "Copy a tree or a file within a volume, without reading or storing its data.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl clone /mnt/lab/train /mnt/lab/train-2",
            "  cachectl clone /mnt/lab/model.bin /mnt/lab/backup/     (as backup/model.bin)",
            "  cachectl clone --preserve redis://127.0.0.1:6379/1 --path /train /train-2"
        })
public final class CloneCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget source = new JobTarget();

    @Parameters(
            index = "1",
            paramLabel = "COPY",
            description =
                    "Where the copy is to be; with META_URL a path in the volume. Ends it with /, the copy goes into"
                            + " that directory.")
    private String copy = "";

    @Option(names = "--preserve", description = "Keep owners, modes and times; else they are the caller's, and now.")
    private boolean preserve;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "10", description = "Threads (default: 10).")
    private int threads = 10;

    @Override
    public Integer call() throws Exception {
        CallerIds caller = CallerIds.ofThisProcess();
        byte[] from = source.pathInVolume();
        byte[] to = source.other(copy, from);
        var request = JobRequest.newBuilder()
                .setClone(CloneJob.newBuilder()
                        .setSource(ByteString.copyFrom(from))
                        .setTarget(ByteString.copyFrom(to))
                        .setPreserve(preserve)
                        .setUid(caller.uid())
                        .setGid(caller.gid())
                        .setUmask(caller.umask())
                        .setThreads(threads))
                .build();
        try (JobRunner runner = source.open(false)) {
            JobOutcome outcome = JobOutcome.of("clone", runner, request);
            TreeChange change = outcome.change();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("inode", change.getInode());
            fields.put("entries", change.getEntries());
            fields.put("bytes", change.getBytes());
            return outcome.print(
                    common,
                    fields,
                    "cloned %d entries of %s as %s: %s, none of it stored again"
                            .formatted(change.getEntries(), source.shown(), copy, ByteSize.show(change.getBytes())));
        }
    }
}
