package io.blockring.cachectl.files;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.StoreKeys;
import io.blockring.cachectl.daemon.Daemon;
import io.blockring.cachectl.daemon.Programs;
import io.blockring.fuseclient.FuseSettings;
import io.blockring.meta.volume.Volume;
import io.blockring.mount.Mount;
import io.blockring.mount.MountControlClient;
import io.blockring.mount.MountSettings;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.objectstore.codec.Passphrase;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl mount}: a volume at a directory, in the background unless told otherwise. */
@Command(
        name = "mount",
        description = "Mount a volume at a directory, with or without a cache group.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl mount rocksdb:///var/lib/blockring/lab /mnt/lab",
            "  cachectl mount rocksdb:///var/lib/blockring/lab /mnt/lab --group train --seeds 127.0.0.1:7001",
            "  cachectl mount redis://127.0.0.1:6379/1 /mnt/lab                 (on any number of machines)",
            "  cachectl mount tikv://pd1,pd2,pd3/lab /mnt/lab",
            "  cachectl mount etcd://127.0.0.1:2379/small /mnt/small            (for some GB of metadata)",
            "  cachectl mount redis://127.0.0.1:6379/1 /mnt/lab --attr-cache=10 --entry-cache=10 --dir-entry-cache=10",
            "  cachectl mount -f rocksdb:///var/lib/blockring/lab /mnt/lab      (stays in the foreground)"
        })
public final class MountCommand implements Callable<Integer> {
    /** How long a mount in the background may take to be ready. */
    private static final Duration READY_LIMIT = Duration.ofSeconds(60);

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private StoreKeys keys = new StoreKeys();

    @Mixin
    private MetaTrustOptions trust = new MetaTrustOptions();

    @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
    private URI meta = URI.create("");

    @Parameters(index = "1", paramLabel = "DIRECTORY", description = "An empty directory.")
    private Path directory = Path.of("");

    @Option(names = "--group", paramLabel = "NAME", defaultValue = "", description = "Cache group to read through.")
    private String group = "";

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "HOST:PORT",
            description = "Control addresses of some nodes of the group.")
    private List<String> seeds = List.of();

    @Option(
            names = {"-f", "--foreground"},
            description = "Stay in the foreground until unmounted.")
    private boolean foreground;

    @Option(names = "--read-only", description = "Refuse all changes, and write nothing at all.")
    private boolean readOnly;

    @Option(names = "--allow-other", negatable = true, description = "Let other users in (default as root).")
    private @Nullable Boolean allowOther; // a default of true would be turned round by --allow-other

    boolean letsOthersIn() {
        return allowOther != null
                ? allowOther
                : System.getProperty("user.name", "").equals("root");
    }

    MetaTrustOptions trust() {
        return trust;
    }

    @Override
    public Integer call() throws Exception {
        checkArguments();
        Path mountPoint = checkedMountPoint();
        return foreground ? serve(mountPoint) : startInBackground(mountPoint);
    }

    private void checkArguments() {
        if (group.isEmpty() != seeds.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "USAGE",
                    "cannot mount " + shownMeta(),
                    "--group and --seeds go together",
                    "cachectl mount " + shownMeta() + " " + directory + " --group NAME --seeds HOST:PORT,HOST:PORT");
        }
    }

    private String shownMeta() {
        return Volume.shownUrl(meta.toString());
    }

    private Path checkedMountPoint() throws IOException, InterruptedException {
        Path absolute = directory.toAbsolutePath().normalize();
        switch (MountedPlace.of(absolute)) {
            case DEAD -> {
                return absolute; // its process was killed: it is taken away before the new mount
            }
            case MOUNTED ->
                throw refused(
                        ExitCode.CONFLICT,
                        "MOUNTED",
                        "something is mounted there already",
                        "cachectl umount " + absolute);
            case FREE -> {}
        }
        if (!Files.exists(absolute)) {
            throw refused(ExitCode.NOT_FOUND, "NO_MOUNT_POINT", "the directory does not exist", "mkdir -p " + absolute);
        }
        if (!Files.isDirectory(absolute)) {
            throw refused(
                    ExitCode.USAGE,
                    "NOT_A_DIRECTORY",
                    "it is not a directory",
                    "cachectl mount " + shownMeta() + " DIRECTORY");
        }
        if (!isEmpty(absolute)) {
            throw refused(
                    ExitCode.CONFLICT,
                    "NOT_EMPTY",
                    "the directory is not empty: a mount would hide what is in it",
                    "cachectl mount " + shownMeta() + " " + absolute + "/mnt   after mkdir");
        }
        return absolute.toRealPath();
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return !entries.iterator().hasNext();
        }
    }

    private CommandFailure refused(ExitCode exitCode, String code, String why, String hint) {
        return new CommandFailure(exitCode, code, "cannot mount at " + directory, why, hint);
    }

    private int serve(Path mountPoint) throws Exception {
        var settings = new MountSettings(
                meta,
                mountPoint,
                keys.find().orElse(null),
                Passphrase.ofEnvironment(System.getenv()),
                group,
                seeds,
                readOnly,
                trust.accessTimes(),
                trust.times(),
                FuseSettings.defaults().withReadOnly(readOnly).withAllowOther(letsOthersIn()));
        Mount mount = Mount.start(settings, Places.ofThisUser());
        var ended = new Thread(mount::close, "unmount");
        Runtime.getRuntime().addShutdownHook(ended);
        System.out.println(mount.summary());
        mount.awaitUnmount();
        // The hook, not this thread, closes the mount: both ways of ending it go through it.
        return 0;
    }

    private int startInBackground(Path mountPoint) throws Exception {
        long start = System.nanoTime();
        Places places = Places.ofThisUser();
        Path log = places.logs().resolve("mount" + mountPoint.toString().replace('/', '-') + ".log");
        List<String> arguments =
                new ArrayList<>(List.of("mount", "--foreground", meta.toString(), mountPoint.toString()));
        if (!group.isEmpty()) {
            arguments.addAll(List.of("--group", group, "--seeds", String.join(",", seeds)));
        }
        if (readOnly) {
            arguments.add("--read-only");
        }
        arguments.add(letsOthersIn() ? "--allow-other" : "--no-allow-other");
        arguments.addAll(trust.asArguments());
        arguments.addAll(keys.asArguments());
        Daemon daemon = Daemon.start("the mount", Programs.cachectl(arguments), Map.of(), log);
        MountStatus mounted = daemon.awaitReady(READY_LIMIT, () -> ready(places, mountPoint, daemon));
        if (common.isJson()) {
            Output.json(mounted);
        } else {
            System.out.printf(
                    "%s, ready in %.1f s; to unmount: cachectl umount %s%n",
                    daemon.output()
                            .lines()
                            .filter(line -> line.startsWith(mounted.volume() + " at "))
                            .reduce((earlier, later) -> later)
                            .orElse(mounted.volume() + " at " + mountPoint),
                    (System.nanoTime() - start) / 1e9,
                    mountPoint);
        }
        return 0;
    }

    private static Optional<MountStatus> ready(Places places, Path mountPoint, Daemon daemon) {
        try {
            Optional<RunningMounts.RunningMount> running = new RunningMounts(places)
                    .all().stream()
                            .filter(mount -> mount.mountPoint().equals(mountPoint.toString())
                                    && mount.pid() == daemon.process().pid())
                            .findFirst();
            if (running.isEmpty()) {
                return Optional.empty();
            }
            try (var mount = new MountControlClient(Path.of(running.get().socket()))) {
                return Optional.of(MountStatus.of(mount.describe()));
            }
        } catch (IOException | StatusRuntimeException e) {
            return Optional.empty(); // it is still starting
        }
    }
}
