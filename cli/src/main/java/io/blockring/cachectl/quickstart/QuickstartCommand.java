package io.blockring.cachectl.quickstart;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.quickstart.AccessLog.Gets;
import io.blockring.cachectl.warmup.WarmupTally;
import io.blockring.mount.Places;
import io.blockring.proto.mount.ReadCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl quickstart}: a whole cache group on this machine, and the proof that it works. */
@Command(
        name = "quickstart",
        description =
                "Start an S3 server, three cache nodes and a mount on this machine, and show what the cache does.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl quickstart                       leaves all running, and says how to use and undo it",
            "  cachectl quickstart --check -o json       ends all of it; exit code 0 only if all held",
            "  cachectl quickstart --check --stop-store  the same, the bucket being stopped before the warm read",
            "  cachectl quickstart --stop --purge        undoes it"
        })
public final class QuickstartCommand implements Callable<Integer> {
    private static final long ROOM_BYTES = 4L << 30;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--dir", paramLabel = "DIRECTORY", description = "Where all of it lies (default: state folder).")
    private @Nullable Path directory;

    @Option(names = "--check", description = "End everything, and exit 0 only if every promise held.")
    private boolean check;

    @Option(names = "--no-mount", description = "Do without FUSE: read through the library.")
    private boolean noMount;

    @Option(names = "--stop-store", description = "Stop the object store before the warm read.")
    private boolean stopStore;

    @Option(names = "--stop", description = "End what a quickstart left running.")
    private boolean stop;

    @Option(names = "--purge", description = "With --stop: delete its folder too.")
    private boolean purge;

    @Override
    public Integer call() throws Exception {
        Path folder = (directory != null
                        ? directory
                        : Places.ofThisUser().state().resolve("quickstart"))
                .toAbsolutePath()
                .normalize();
        if (stop) {
            return stop(folder);
        }
        checkFolder(folder);
        boolean fuse = Files.exists(Path.of("/dev/fuse"));
        var steps = new Steps(System.err);
        if (!fuse && !noMount) {
            steps.say("/dev/fuse is missing (in a container: --device /dev/fuse --cap-add SYS_ADMIN); going on without"
                    + " a mount, through the library");
        }
        boolean mounts = fuse && !noMount;
        QuickstartReport report = run(folder, steps, mounts);
        if (common.isJson()) {
            Output.json(report);
        } else {
            print(report, folder);
        }
        if (!check) {
            return 0;
        }
        boolean held = report.holds(Quickstart.NODES) && (mounts || noMount);
        return (held ? ExitCode.OK : ExitCode.CHECK_FAILED).status();
    }

    private int stop(Path folder) throws IOException {
        if (RunningQuickstart.in(folder).processes().isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "NO_QUICKSTART",
                    "no quickstart in " + folder,
                    "there is no quickstart.json in it",
                    "cachectl quickstart --dir " + folder);
        }
        Quickstart.stop(folder);
        if (purge) {
            RunningQuickstart.purge(folder);
        }
        if (common.isJson()) {
            Output.json(Map.of("folder", folder.toString(), "state", purge ? "purged" : "stopped"));
        } else {
            System.out.println("quickstart in " + folder + (purge ? " stopped and deleted" : " stopped"));
        }
        return 0;
    }

    private static void checkFolder(Path folder) throws IOException {
        RunningQuickstart known = RunningQuickstart.in(folder);
        if (known.isRunning()) {
            throw new CommandFailure(
                    ExitCode.CONFLICT,
                    "RUNNING",
                    "a quickstart runs in " + folder + " already",
                    "its processes are "
                            + known.processes().stream()
                                    .map(RunningQuickstart.Started::pid)
                                    .toList(),
                    "cachectl quickstart --stop --purge --dir " + folder);
        }
        if (!known.processes().isEmpty()) {
            RunningQuickstart.purge(folder);
        }
        Files.createDirectories(folder);
        try (var entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                throw new CommandFailure(
                        ExitCode.CONFLICT,
                        "NOT_EMPTY",
                        "no quickstart in " + folder,
                        "the directory has something else in it",
                        "cachectl quickstart --dir " + folder.resolve("quickstart"));
            }
        }
        long room = Files.getFileStore(folder).getUsableSpace();
        if (room < ROOM_BYTES) {
            throw new CommandFailure(
                    ExitCode.NO_ROOM,
                    "NO_ROOM",
                    "no quickstart in " + folder,
                    ByteSize.show(room) + " are free, and it takes up to " + ByteSize.show(ROOM_BYTES),
                    "cachectl quickstart --dir DIRECTORY   on a larger disk");
        }
    }

    private QuickstartReport run(Path folder, Steps steps, boolean mounts) throws Exception {
        var quickstart = new Quickstart(folder, steps, mounts);
        var done = new AtomicBoolean();
        var cleanUp = new Thread(() -> end(quickstart, folder, done.get()), "end quickstart");
        Runtime.getRuntime().addShutdownHook(cleanUp);
        QuickstartReport report = show(quickstart, steps);
        done.set(true);
        if (!check && mounts) {
            Runtime.getRuntime().removeShutdownHook(cleanUp); // from here on it may stay
        }
        return report;
    }

    /** Leaves no process and no mount; the logs stay where something failed, until the next quickstart. */
    private static void end(Quickstart quickstart, Path folder, boolean purge) {
        try {
            quickstart.close();
            if (purge) {
                RunningQuickstart.purge(folder);
            }
        } catch (IOException e) {
            System.err.println("error: the quickstart in " + folder + " was not undone");
            System.err.println("why: " + e);
            System.err.println("try: cachectl quickstart --stop --purge --dir " + folder);
        }
    }

    private QuickstartReport show(Quickstart quickstart, Steps steps) throws Exception {
        Sample sample = Sample.whole();
        String chunks = Quickstart.VOLUME + "/chunks/";
        AccessLog log = quickstart.accessLog();
        quickstart.writeKeys();
        quickstart.startStore();
        quickstart.createVolume();
        quickstart.createGroup();
        quickstart.startNodes();
        quickstart.mount();

        steps.begin(
                "a data set of " + sample.files().size() + " files, " + ByteSize.show(sample.bytes()),
                "cp -r DATASET " + quickstart.mountPoint());
        sample.write(quickstart.files(), bytes -> {});
        steps.done("written, and durable in the bucket");

        quickstart.dropAll();
        long coldStart = log.position();
        Reading cold = read(quickstart, sample, steps, "a cold read: every block comes from the bucket");
        Gets coldGets = log.getsSince(coldStart, chunks, sample.bytes());

        quickstart.dropAll();
        long warmupStart = log.position();
        long warmupNanos = System.nanoTime();
        WarmupTally.State warmedUp = quickstart.warmUp();
        double warmupSeconds = (System.nanoTime() - warmupNanos) / 1e9;
        Gets warmupGets = log.getsSince(warmupStart, chunks, warmedUp.fetched().bytes());

        quickstart.remount();
        if (stopStore) {
            steps.say("   (the object store is stopped now)");
            quickstart.stopStore();
        }
        long warmStart = log.position();
        Reading warm = read(quickstart, sample, steps, "a warm read: every block comes from the nodes");
        ReadCounters reads = quickstart.reads();
        Gets warmGets = log.getsSince(warmStart, chunks, reads.getObjectBytes());

        List<String> disagreements = new ArrayList<>();
        compare(
                disagreements,
                "bytes fetched by the warm-up",
                warmedUp.fetched().bytes(),
                warmupGets.bytes());
        compare(disagreements, "GETs of the warm read", reads.getObjectGets(), warmGets.count());
        var sources = new QuickstartReport.Sources(
                Math.max(0, sample.bytes() - sumOf(reads)),
                reads.getLocalBytes(),
                reads.getMemoryBytes(),
                reads.getDiskBytes(),
                reads.getPeerBytes(),
                reads.getObjectBytes());
        List<String> different = new ArrayList<>(cold.different());
        different.addAll(warm.different());
        return new QuickstartReport(
                different.isEmpty(),
                quickstart.isMounted(),
                new QuickstartReport.Dataset(sample.files().size(), sample.bytes()),
                new QuickstartReport.Cold(sample.bytes(), cold.seconds(), coldGets.count()),
                new QuickstartReport.Warmup(
                        warmupGets.bytes(), sample.bytes(), warmupSeconds, warmupGets.mostOfOneObject()),
                new QuickstartReport.Warm(
                        sample.bytes(),
                        warm.seconds(),
                        warmGets.count(),
                        sources,
                        new TreeMap<>(reads.getNodeBytesMap())),
                disagreements);
    }

    private static long sumOf(ReadCounters reads) {
        return reads.getLocalBytes()
                + reads.getMemoryBytes()
                + reads.getDiskBytes()
                + reads.getPeerBytes()
                + reads.getObjectBytes();
    }

    private static void compare(List<String> disagreements, String what, long ours, long logged) {
        if (ours != logged) {
            disagreements.add(what + ": " + ours + " by our counters, " + logged + " by the S3 server's log");
        }
    }

    /** How long reading took, and which files were not what was written. */
    private record Reading(double seconds, List<String> different) {}

    private static Reading read(Quickstart quickstart, Sample sample, Steps steps, String what) throws IOException {
        steps.begin(what, "find " + quickstart.mountPoint() + " -type f | xargs cat > /dev/null");
        long start = System.nanoTime();
        List<String> different = sample.differences(quickstart.files(), bytes -> {});
        double seconds = (System.nanoTime() - start) / 1e9;
        steps.done(ByteSize.show((long) (sample.bytes() / seconds)) + "/s, "
                + (different.isEmpty() ? "every byte equal" : "DIFFERENT: " + different));
        return new Reading(seconds, different);
    }

    private void print(QuickstartReport report, Path folder) {
        System.out.printf(
                "cold read %.1f s with %d GETs; warm-up %.1f s, each block fetched once: %s; warm read %.1f s with %d GETs%n",
                report.cold().seconds(),
                report.cold().objectGets(),
                report.warmup().seconds(),
                report.warmup().fetchedBytes() == report.warmup().datasetBytes() ? "yes" : "NO",
                report.warm().seconds(),
                report.warm().objectGets());
        report.warm()
                .nodes()
                .forEach((node, bytes) -> System.out.println("  " + node + " gave " + ByteSize.show(bytes)));
        report.disagreements().forEach(System.out::println);
        if (!check && report.mount()) {
            Path mount = folder.resolve("mnt");
            System.out.println();
            System.out.println("it still runs: ls " + mount + "; cachectl status " + mount + "; cachectl where " + mount
                    + "/large/00.bin");
            System.out.println(
                    "undo it: cachectl quickstart --stop --purge" + (directory == null ? "" : " --dir " + folder));
        }
    }
}
