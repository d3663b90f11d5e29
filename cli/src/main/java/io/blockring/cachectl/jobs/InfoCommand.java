package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.InfoJob;
import io.blockring.proto.jobs.InodeInfo;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code cachectl info}: what is at a path, as the metadata have it. */
@Command(
        name = "info",
        description = "Show what is at a path, as the metadata of its volume have it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl info /mnt/lab/model.bin",
            "  cachectl info redis://127.0.0.1:6379/1 --path /model.bin -o json"
        })
public final class InfoCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setInfo(InfoJob.newBuilder().setPath(ByteString.copyFrom(target.pathInVolume())))
                .build();
        try (JobRunner runner = target.open(true)) {
            JobRun.run("info", runner, request, this::print);
        }
        return 0;
    }

    private void print(JobEvent event) {
        InodeInfo inode = event.getInode();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("inode", inode.getInode());
        fields.put("type", inode.getType());
        fields.put("length", inode.getLength());
        fields.put("links", inode.getLinks());
        if (common.isJson()) {
            Output.json(fields);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        fields.forEach((field, value) -> rows.add(List.of(field, value.toString())));
        Output.table(rows);
    }
}
