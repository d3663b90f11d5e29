package io.blockring.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Blocks from a node's disk tier (in the page cache) to a client, beside a loop of sendfile(2) and recv(2). */
final class BlockProtocolFigure implements ReadFigure {
    private static final double RATIO_GOAL = 0.8;
    private static final double NODE_CPU_GOAL = 0.25;
    /** So often the data is read in one run: a run of less than a second says little. */
    private static final int PASSES = 4;

    /** The limit with a receiver whose memory is of huge pages. */
    private static final String HUGE = "limit-huge";

    private static final String NODE = "node";
    private static final String SERVER = "server";
    private static final String CLIENT = "client";

    @Override
    public List<Case.Summary> measure(Settings settings, Closing closing) throws IOException {
        Path folder = closing.folder();
        Path program = new CPrograms(folder).compile("sendfile_loop", List.of());
        Path file = folder.resolve("file");
        Pattern.write(file, settings.bytes());
        OneNode node = filledNode(settings, closing);
        List<Case.Summary> cases = new ArrayList<>();
        for (Transport transport : Transport.values()) {
            node.offer(transport);
            try (var client = BlockClientProcess.start(node, settings.bytes())) {
                client.fromTheNode("verify", settings.bytes());
                for (int streams : STREAMS) {
                    ours(client, node, settings, streams); // warms the compilers up
                    node.checkConnections(transport);
                    var measured = new Case(transport.label(), streams);
                    for (int i = 0; i < settings.pairs(); i++) {
                        var round = new LinkedHashMap<String, Run>();
                        round.put(Case.LIMIT, limit(program, file, settings, streams, transport, "malloc"));
                        round.put(Case.OURS, ours(client, node, settings, streams));
                        round.put(HUGE, limit(program, file, settings, streams, transport, "huge"));
                        measured.add(round);
                    }
                    cases.add(measured.summary());
                }
            }
        }
        return cases;
    }

    private static OneNode filledNode(Settings settings, Closing closing) throws IOException {
        OneNode node = OneNode.start(settings.bytes(), closing);
        try (var client = BlockClientProcess.start(node, settings.bytes())) {
            client.does("fill");
        }
        return node;
    }

    private static Run limit(
            Path program, Path file, Settings settings, int streams, Transport transport, String memory)
            throws IOException {
        List<String> command = List.of(
                program.toString(),
                file.toString(),
                Integer.toString(Pattern.BLOCK_BYTES),
                Long.toString(PASSES * settings.bytes()),
                Integer.toString(streams),
                transport.label(),
                memory);
        var processes = new LinkedHashMap<String, String>();
        processes.put("serverCpu", SERVER);
        processes.put("clientCpu", CLIENT);
        return CPrograms.run(command, processes);
    }

    private static Run ours(BlockClientProcess client, OneNode node, Settings settings, int streams)
            throws IOException {
        var pids = new LinkedHashMap<String, Long>();
        pids.put(NODE, node.pid());
        pids.put(CLIENT, client.pid());
        CpuMeter cpu = CpuMeter.start(pids);
        BlockClient.Done done = client.fromTheNode("run " + streams + " " + PASSES, PASSES * settings.bytes());
        return new Run(done.bytes(), done.seconds(), cpu.stop());
    }

    @Override
    public List<Goal> goals(List<Case.Summary> cases) {
        List<Goal> goals = new ArrayList<>();
        for (Case.Summary measured : cases) {
            goals.add(Goal.atLeast(
                    measured.label() + ": ratio to the limit",
                    RATIO_GOAL,
                    measured.ours().ratio()));
            goals.add(Goal.atMost(
                    measured.label() + ": CPU s/GB of the node",
                    NODE_CPU_GOAL,
                    measured.ours().cpuOf(NODE)));
        }
        return goals;
    }

    @Override
    public void profile(Settings settings, Closing closing, Profile profile) throws IOException {
        OneNode node = filledNode(settings, closing);
        for (Transport transport : Transport.values()) {
            node.offer(transport);
            try (var client = BlockClientProcess.start(node, settings.bytes())) {
                client.fromTheNode("verify", settings.bytes());
                for (int streams : STREAMS) {
                    ours(client, node, settings, streams);
                    profile.of(
                            transport.label() + ", " + streams + " streams",
                            Map.of(NODE, node.pid(), CLIENT, client.pid()),
                            () -> ours(client, node, settings, streams));
                }
            }
        }
    }
}
