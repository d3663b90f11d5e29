package io.blockring.cachectl.files;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.mount.MountControlClient;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.mount.RunningMounts.RunningMount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cachectl status}: the mounts of this machine, and what one of them has read. */
@Command(
        name = "status",
        description = "Show the mounts of this machine, or all about one.",
        footerHeading = "%nExamples:%n",
        footer = {"  cachectl status", "  cachectl status /mnt/lab", "  cachectl status /mnt/lab -o json"})
public final class StatusCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", arity = "0..1", paramLabel = "PATH", description = "A path inside the mount to show.")
    private @Nullable Path path;

    @Override
    public Integer call() throws IOException {
        if (path != null) {
            try (var mount = MountedPath.of(path).connect()) {
                printOne(MountStatus.of(mount.describe()));
            }
            return 0;
        }
        List<MountStatus> all = new ArrayList<>();
        for (RunningMount running : new RunningMounts(Places.ofThisUser()).all()) {
            try (var mount = new MountControlClient(Path.of(running.socket()))) {
                all.add(MountStatus.of(mount.describe()));
            }
        }
        printAll(all);
        return 0;
    }

    private void printAll(List<MountStatus> all) {
        if (common.isJson()) {
            Output.json(Map.of("mounts", all));
            return;
        }
        if (all.isEmpty()) {
            System.out.println("no mounts; try: cachectl mount META_URL DIRECTORY");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MOUNT", "VOLUME", "GROUP", "LINK", "EPOCH", "FROM CACHE", "FROM STORE", "PID"));
        for (MountStatus mount : all) {
            MountStatus.Reads reads = mount.reads();
            rows.add(List.of(
                    mount.mountPoint(),
                    mount.volume(),
                    mount.group().isEmpty() ? "-" : mount.group(),
                    mount.link(),
                    Long.toString(mount.epoch()),
                    ByteSize.show(reads.memory() + reads.disk() + reads.peer() + reads.local()),
                    ByteSize.show(reads.object()),
                    Long.toString(mount.pid())));
        }
        Output.table(rows);
    }

    private void printOne(MountStatus mount) {
        if (common.isJson()) {
            Output.json(mount);
            return;
        }
        MountStatus.Reads reads = mount.reads();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("mount", mount.mountPoint() + " (process " + mount.pid() + ")"));
        rows.add(List.of("volume", mount.volume() + " at " + mount.metaUrl()));
        rows.add(List.of("objects", mount.storage() + " " + mount.bucket()));
        rows.add(List.of(
                "group",
                mount.group().isEmpty() ? "none" : mount.group() + ", " + mount.link() + ", epoch " + mount.epoch()));
        rows.add(List.of("inodes", Long.toString(mount.usedInodes())));
        rows.add(List.of("from memory", ByteSize.show(reads.memory())));
        rows.add(List.of("from disk", ByteSize.show(reads.disk())));
        rows.add(List.of("from store", ByteSize.show(reads.object()) + " in " + reads.objectGets() + " GETs"));
        reads.nodes().forEach((node, bytes) -> rows.add(List.of("  by " + node, ByteSize.show(bytes))));
        Output.table(rows);
    }
}
