package io.blockring.cachectl.files;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.mount.RunningMounts.RunningMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl umount}: takes a mount away, and returns once all that was written is durable. */
@Command(
        name = "umount",
        description = "Unmount a directory; returns once everything written is in the object store.",
        footerHeading = "%nExamples:%n",
        footer = {"  cachectl umount /mnt/lab", "  cachectl umount --force /mnt/lab     (also while files are open)"})
public final class UmountCommand implements Callable<Integer> {
    /** How long the process may take to write what is left, and to end. */
    private static final Duration END_LIMIT = Duration.ofMinutes(5);

    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(20);

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "DIRECTORY", description = "Where the volume is mounted.")
    private Path directory = Path.of("");

    @Option(names = "--force", description = "Take the directory away even while files in it are open.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
        Path place = directory.toAbsolutePath().normalize();
        Optional<RunningMount> running = new RunningMounts(Places.ofThisUser())
                .all().stream()
                        .filter(mount -> mount.mountPoint().equals(place.toString()))
                        .findFirst();
        MountedPlace mounted = MountedPlace.of(place);
        if (running.isEmpty() && mounted == MountedPlace.FREE) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "NOT_MOUNTED",
                    "nothing is mounted at " + place,
                    "neither a running mount of this user nor the kernel knows it",
                    "cachectl status");
        }
        if (mounted != MountedPlace.FREE) {
            unmount(place, force || mounted == MountedPlace.DEAD);
        }
        if (running.isPresent()) {
            awaitEnd(running.get());
        }
        if (common.isJson()) {
            Output.json(Map.of("mountPoint", place.toString(), "state", "unmounted"));
        } else {
            System.out.println(place + " unmounted");
        }
        return 0;
    }

    /** Unmounts by the system's own commands, which know what this user may do. */
    static void unmount(Path place, boolean lazy) throws IOException, InterruptedException {
        boolean root = System.getProperty("user.name", "").equals("root");
        List<String> command = new ArrayList<>(root ? List.of("umount") : List.of("fusermount3", "-u"));
        if (lazy) {
            command.add(root ? "-l" : "-z");
        }
        command.add(place.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        if (!process.waitFor(COMMAND_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw failed(place, String.join(" ", command) + " does not end");
        }
        if (process.exitValue() != 0) {
            throw failed(place, new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static CommandFailure failed(Path place, String why) {
        boolean busy = why.contains("busy");
        return new CommandFailure(
                busy ? ExitCode.CONFLICT : ExitCode.NO_PERMISSION,
                busy ? "BUSY" : "NOT_UNMOUNTED",
                "cannot unmount " + place,
                why.isBlank() ? "umount gave no reason" : why,
                busy
                        ? "close its files (fuser -vm " + place + ") or: cachectl umount --force " + place
                        : "run it as the user who mounted it");
    }

    private static void awaitEnd(RunningMount mount) throws InterruptedException {
        Optional<ProcessHandle> process = ProcessHandle.of(mount.pid());
        if (process.isEmpty()) {
            return;
        }
        try {
            process.get().onExit().get(END_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandFailure(
                            ExitCode.TIMEOUT,
                            "STILL_WRITING",
                            mount.mountPoint() + " is unmounted, and its process " + mount.pid() + " still runs",
                            "it has been writing to the object store for " + END_LIMIT.toMinutes() + " minutes",
                            "less " + Places.ofThisUser().logs())
                    .causedBy(e);
        }
    }
}
