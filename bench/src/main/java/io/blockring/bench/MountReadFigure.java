package io.blockring.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One file through a mount from the disk tier of one node (in the page cache), beside pread(2) of the same bytes in
 * the page cache. The kernel's pages of the mount are dropped first, so that all bytes come from the mount's process;
 * its counters must say that all came from the node.
 */
final class MountReadFigure implements ReadFigure {
    private static final String FILE = "file";
    private static final String APP = "app";
    private static final String MOUNT = "mount";
    private static final String NODE = "node";
    private static final String DAEMON = "daemon";
    private static final List<String> LIBFUSE_WAYS = List.of(LibfusePeer.SPLICE, LibfusePeer.COPY);

    /** The processes and files of the figure. */
    private record Setup(OneNode node, Path file, Path mountPoint, Path readLoop, Map<String, LibfusePeer> peers) {
        TestCluster cluster() {
            return node.cluster();
        }

        long mountPid() {
            return cluster().mountProcess(mountPoint).pid();
        }

        JsonNode reads() {
            return cluster().describe(mountPoint).orElseThrow().path("reads");
        }
    }

    @Override
    public List<Case.Summary> measure(Settings settings, Closing closing) throws IOException {
        Setup setup = setUp(settings, closing, true);
        List<Case.Summary> cases = new ArrayList<>();
        for (Transport transport : Transport.values()) {
            mount(setup, transport);
            for (int threads : STREAMS) {
                ours(setup, settings, threads); // warms the compilers up
                setup.node().checkConnections(transport);
                var measured = new Case(transport.label(), threads);
                for (int i = 0; i < settings.pairs(); i++) {
                    measured.add(round(setup, settings, threads));
                }
                cases.add(measured.summary());
            }
            Pattern.verify(setup.mountPoint().resolve(FILE), settings.bytes());
            setup.cluster().umount(setup.mountPoint());
        }
        return cases;
    }

    private static Map<String, Run> round(Setup setup, Settings settings, int threads) throws IOException {
        var round = new LinkedHashMap<String, Run>();
        round.put(Case.LIMIT, CPrograms.run(readLoop(setup, setup.file(), threads), Map.of("cpu", APP)));
        round.put(Case.OURS, ours(setup, settings, threads));
        for (Map.Entry<String, LibfusePeer> peer : setup.peers().entrySet()) {
            Map<String, Long> pids = Map.of(DAEMON, peer.getValue().pid());
            round.put("libfuse-" + peer.getKey(), cold(setup, peer.getValue().file(), threads, pids));
        }
        return round;
    }

    private static Setup setUp(Settings settings, Closing closing, boolean withPeers) throws IOException {
        Path folder = closing.folder();
        var programs = new CPrograms(folder);
        Path readLoop = programs.compile("read_loop", List.of());
        Optional<Path> peer = withPeers ? LibfusePeer.compile(programs) : Optional.empty();
        Path file = folder.resolve(FILE);
        Pattern.write(file, settings.bytes());
        OneNode node = OneNode.start(settings.bytes(), closing);
        Path mountPoint = node.cluster().mount(node.meta());
        Pattern.write(mountPoint.resolve(FILE), settings.bytes());
        Pattern.verify(mountPoint.resolve(FILE), settings.bytes());
        var setup = new Setup(node, file, mountPoint, readLoop, new LinkedHashMap<>());
        fillNode(setup);
        if (peer.isPresent()) {
            for (String way : LIBFUSE_WAYS) {
                LibfusePeer started = LibfusePeer.start(peer.get(), file, folder, way, mountPoint, closing);
                Pattern.verify(started.file(), settings.bytes());
                setup.peers().put(way, started);
            }
        } else if (withPeers) {
            System.err.println("bench: no libfuse beside ours: apt-get install libfuse3-dev pkg-config");
        }
        node.cluster().umount(mountPoint);
        return setup;
    }

    /** What was written is read once from the daemon, so that the node has it all. */
    private static void fillNode(Setup setup) throws IOException {
        CPrograms.run(coldCommand(setup, setup.mountPoint().resolve(FILE), 1), Map.of());
    }

    private static void mount(Setup setup, Transport transport) throws IOException {
        setup.node().offer(transport);
        setup.cluster().remount(setup.mountPoint(), setup.node().meta());
    }

    private static Run ours(Setup setup, Settings settings, int threads) throws IOException {
        var pids = new LinkedHashMap<String, Long>();
        pids.put(MOUNT, setup.mountPid());
        pids.put(NODE, setup.node().pid());
        JsonNode before = setup.reads();
        Run run = cold(setup, setup.mountPoint().resolve(FILE), threads, pids);
        JsonNode after = setup.reads();
        long nodeBytes = grown(before, after, "disk") + grown(before, after, "memory");
        long otherBytes = grown(before, after, "object") + grown(before, after, "peer") + grown(before, after, "local");
        // More than the file is what was read ahead in vain; less would be from the kernel.
        if (run.bytes() != settings.bytes() || nodeBytes < run.bytes() || otherBytes != 0) {
            throw new IOException("of %d bytes %d came from the node and %d from elsewhere: %s"
                    .formatted(run.bytes(), nodeBytes, otherBytes, after));
        }
        return run;
    }

    private static long grown(JsonNode before, JsonNode after, String source) {
        return after.path(source).asLong() - before.path(source).asLong();
    }

    private static Run cold(Setup setup, Path file, int threads, Map<String, Long> pids) throws IOException {
        CpuMeter cpu = CpuMeter.start(pids);
        Run run = CPrograms.run(coldCommand(setup, file, threads), Map.of("cpu", APP));
        var spent = new LinkedHashMap<>(run.cpuSeconds());
        spent.putAll(cpu.stop());
        return new Run(run.bytes(), run.seconds(), spent);
    }

    private static List<String> readLoop(Setup setup, Path file, int threads) {
        return List.of(
                setup.readLoop().toString(),
                file.toString(),
                Integer.toString(Pattern.BLOCK_BYTES),
                Integer.toString(threads));
    }

    private static List<String> coldCommand(Setup setup, Path file, int threads) {
        List<String> command = new ArrayList<>(readLoop(setup, file, threads));
        command.add("cold");
        return command;
    }

    /** None: what a mount can reach is what its peers reach, and they stand beside it. */
    @Override
    public List<Goal> goals(List<Case.Summary> cases) {
        return List.of();
    }

    @Override
    public void profile(Settings settings, Closing closing, Profile profile) throws IOException {
        Setup setup = setUp(settings, closing, false);
        for (Transport transport : Transport.values()) {
            mount(setup, transport);
            for (int threads : STREAMS) {
                ours(setup, settings, threads);
                profile.of(
                        transport.label() + ", " + threads + " threads",
                        Map.of(MOUNT, setup.mountPid(), NODE, setup.node().pid()),
                        () -> ours(setup, settings, threads));
            }
            setup.cluster().umount(setup.mountPoint());
        }
    }
}
