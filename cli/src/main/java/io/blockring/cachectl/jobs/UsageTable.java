package io.blockring.cachectl.jobs;

import com.google.protobuf.ByteString;
import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.Output;
import io.blockring.meta.FileError;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.TreeSum;
import io.blockring.proto.jobs.TreeUsage;
import io.blockring.proto.jobs.UsageJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much the parts of a tree hold, as a table or as JSON. */
final class UsageTable {
    /** What is asked of a tree: levels and largest entries that are told, and whether each inode is looked at. */
    record Question(int depth, int top, boolean strict, int threads) {}

    private UsageTable() {}

    static TreeUsage ask(String name, JobRunner runner, byte[] path, Question question)
            throws FileError, ObjectStoreException {
        var request = JobRequest.newBuilder()
                .setUsage(UsageJob.newBuilder()
                        .setPath(ByteString.copyFrom(path))
                        .setDepth(question.depth())
                        .setTop(question.top())
                        .setStrict(question.strict())
                        .setThreads(question.threads()))
                .build();
        return JobOutcome.of(name, runner, request).result().getUsage();
    }

    static void print(TreeUsage usage) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SPACE", "LENGTH", "FILES", "DIRS", "PATH"));
        add(rows, usage);
        Output.table(rows);
    }

    private static void add(List<List<String>> rows, TreeUsage usage) {
        rows.add(row(usage.getSum(), "/" + usage.getPath()));
        usage.getBelowList().forEach(below -> add(rows, below));
        TreeSum others = usage.getOthers();
        if (others.getFiles() + others.getDirectories() > 0) {
            rows.add(row(others, (usage.getPath().isEmpty() ? "" : "/" + usage.getPath()) + "/..."));
        }
    }

    private static List<String> row(TreeSum sum, String path) {
        return List.of(
                ByteSize.show(sum.getSpace()),
                ByteSize.show(sum.getLength()),
                Long.toString(sum.getFiles()),
                Long.toString(sum.getDirectories()),
                path);
    }

    static Map<String, Object> fields(TreeUsage usage) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", "/" + usage.getPath());
        fields.put("type", usage.getType());
        fields.putAll(fields(usage.getSum()));
        if (usage.getBelowCount() > 0) {
            fields.put(
                    "entries",
                    usage.getBelowList().stream().map(UsageTable::fields).toList());
        }
        if (usage.getOthers().getFiles() + usage.getOthers().getDirectories() > 0) {
            fields.put("others", fields(usage.getOthers()));
        }
        return fields;
    }

    static Map<String, Object> fields(TreeSum sum) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("space", sum.getSpace());
        fields.put("length", sum.getLength());
        fields.put("files", sum.getFiles());
        fields.put("directories", sum.getDirectories());
        return fields;
    }
}
