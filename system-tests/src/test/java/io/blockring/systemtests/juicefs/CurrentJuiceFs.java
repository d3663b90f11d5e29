package io.blockring.systemtests.juicefs;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RunningProgram;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A program that is none of ours: {@code JUICEFS=/path/of/juicefs}, 1.4 or newer. */
record CurrentJuiceFs(String program, Path folder) {
    /** Storage is reached with the keys of the cluster's bucket; nothing is reported to anybody. */
    private static final List<String> MOUNT_OPTIONS =
            List.of("--no-usage-report", "--backup-meta", "0", "--enable-xattr", "--cache-size", "100");

    static CurrentJuiceFs named(Path folder) {
        return new CurrentJuiceFs(Objects.requireNonNull(System.getenv("JUICEFS")), folder);
    }

    private static Map<String, String> environment() {
        String access = TestCluster.keys().get("BLOCKRING_ACCESS_KEY");
        String secret = TestCluster.keys().get("BLOCKRING_SECRET_KEY");
        return Map.of(
                "ACCESS_KEY", access, "SECRET_KEY", secret, "MINIO_ACCESS_KEY", access, "MINIO_SECRET_KEY", secret);
    }

    private List<String> command(List<String> arguments) {
        var command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        return command;
    }

    Program.Result run(String... arguments) {
        return Program.run(environment(), null, command(List.of(arguments)));
    }

    /** Mounts the volume at a new folder; the process ends with {@link #umount}. */
    Path mount(String meta, String name) throws IOException {
        Path mountPoint = Files.createDirectory(folder.resolve(name));
        var arguments = new ArrayList<>(List.of("mount", meta, mountPoint.toString()));
        arguments.addAll(MOUNT_OPTIONS);
        arguments.addAll(List.of("--metrics", "127.0.0.1:0"));
        arguments.addAll(List.of("--cache-dir", folder.resolve(name + "-cache").toString()));
        RunningProgram mount = RunningProgram.start(
                "juicefs at " + mountPoint, command(arguments), environment(), folder.resolve(name + ".log"));
        mount.await("the mount", () -> Optional.of(mountPoint).filter(CurrentJuiceFs::isMounted));
        return mountPoint;
    }

    /** JuiceFS shows a file that no volume has. */
    private static boolean isMounted(Path mountPoint) {
        return Files.exists(mountPoint.resolve(".config"));
    }

    void umount(Path mountPoint) {
        run("umount", mountPoint.toString());
    }
}
