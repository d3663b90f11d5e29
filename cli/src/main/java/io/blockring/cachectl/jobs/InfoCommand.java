package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.ChunkSlice;
import io.blockring.proto.jobs.InfoJob;
import io.blockring.proto.jobs.InodeInfo;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl info}: what is at a path, as the metadata have it. */
@Command(
        name = "info",
        description = "Show what is at a path, as the metadata of its volume have it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl info /mnt/lab/model.bin",
            "  cachectl info -r /mnt/lab/train              with what is below",
            "  cachectl info --raw /mnt/lab/model.bin       with slices and objects",
            "  cachectl info redis://127.0.0.1:6379/1 --path /model.bin -o json"
        })
public final class InfoCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private JobTarget target = new JobTarget();

    @Option(
            names = {"-r", "--recursive"},
            description = "Sum up what is below a directory, from its statistics.")
    private boolean recursive;

    @Option(names = "--strict", description = "With -r: look at each file.")
    private boolean strict;

    @Option(names = "--raw", description = "Show the slices and objects of a file.")
    private boolean raw;

    @Override
    public Integer call() throws Exception {
        var request = JobRequest.newBuilder()
                .setInfo(InfoJob.newBuilder()
                        .setPath(ByteString.copyFrom(target.pathInVolume()))
                        .setRecursive(recursive)
                        .setStrict(strict)
                        .setSlices(raw))
                .build();
        try (JobRunner runner = target.open(true)) {
            JobOutcome outcome = JobOutcome.of("info", runner, request);
            var _ = outcome.result();
            print(outcome.results());
        }
        return 0;
    }

    private void print(List<JobEvent> events) {
        Map<String, Object> fields = fields(events.getFirst().getInode());
        List<ChunkSlice> slices = events.stream()
                .filter(JobEvent::hasSlice)
                .map(JobEvent::getSlice)
                .toList();
        if (common.isJson()) {
            if (raw) {
                fields.put("slices", slices.stream().map(InfoCommand::fields).toList());
            }
            Output.json(fields);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        fields.forEach((field, value) -> rows.add(List.of(field, shown(field, value))));
        Output.table(rows);
        if (raw) {
            printSlices(slices);
        }
    }

    private static Map<String, Object> fields(InodeInfo inode) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("inode", inode.getInode());
        fields.put("type", inode.getType());
        fields.put("length", inode.getLength());
        fields.put("links", inode.getLinks());
        fields.put("mode", "%04o".formatted(inode.getMode()));
        fields.put("uid", inode.getUid());
        fields.put("gid", inode.getGid());
        fields.put("modified", Instant.ofEpochSecond(inode.getMtimeSeconds()).toString());
        fields.put("changed", Instant.ofEpochSecond(inode.getCtimeSeconds()).toString());
        fields.put("parents", inode.getParentsList());
        fields.put("paths", inode.getPathsList());
        if (inode.hasBelow()) {
            fields.put("below", UsageTable.fields(inode.getBelow()));
        }
        return fields;
    }

    private static String shown(String field, Object value) {
        return switch (value) {
            case List<?> list ->
                String.join(", ", list.stream().map(String::valueOf).toList());
            case Map<?, ?> sum -> sum.toString().replaceAll("[{}]", "");
            case Long bytes when field.equals("length") -> bytes + " (" + ByteSize.show(bytes) + ")";
            default -> value.toString();
        };
    }

    private static Map<String, Object> fields(ChunkSlice slice) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("chunk", slice.getChunk());
        fields.put("position", slice.getPosition());
        fields.put("sliceId", slice.getSliceId());
        fields.put("size", slice.getSize());
        fields.put("offset", slice.getOffset());
        fields.put("length", slice.getLength());
        fields.put("objects", slice.getObjectsList());
        return fields;
    }

    private static void printSlices(List<ChunkSlice> slices) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("CHUNK", "POSITION", "SLICE", "SIZE", "OFFSET", "LENGTH", "OBJECTS"));
        for (ChunkSlice slice : slices) {
            rows.add(List.of(
                    Integer.toString(slice.getChunk()),
                    Integer.toString(slice.getPosition()),
                    slice.getSliceId() == 0 ? "(zeros)" : Long.toString(slice.getSliceId()),
                    Integer.toString(slice.getSize()),
                    Integer.toString(slice.getOffset()),
                    Integer.toString(slice.getLength()),
                    String.join(",", slice.getObjectsList())));
        }
        Output.table(rows);
    }
}
