package io.blockring.cachectl.cluster;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.proto.control.GroupMember;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.NodeStatus;
import io.blockring.proto.control.TierStatus;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code cachectl node}: runs a cache node, and shows those of a group. */
@Command(
        name = "node",
        description = "Run a cache node, and look at those of a group.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {NodeRunCommand.class, NodeCommand.Ls.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl node run --group train --node-id n1 --listen 127.0.0.1:7001 --cache-dir /flash0:100GiB"
                    + " --group-log s3://bucket --seeds 127.0.0.1:7001,127.0.0.1:7002",
            "  cachectl node ls --seeds 127.0.0.1:7001"
        })
public final class NodeCommand implements Runnable {
    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        CommandLine.usage(spec.commandLine(), System.out);
    }

    /** {@code cachectl node ls}. */
    @Command(
            name = "ls",
            description = "Show the nodes of a group: what they hold, and what they have served.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl node ls --seeds 127.0.0.1:7001,127.0.0.1:7002",
                "  cachectl node ls --seeds 127.0.0.1:7001 -o json"
            })
    static final class Ls implements Callable<Integer> {
        record Tier(String name, long capacityBytes, long usedBytes, long blocks) {}

        /** A node as scripts see it; one that does not answer has no tiers and no counters. */
        record Seen(
                String name,
                String state,
                boolean answers,
                String control,
                List<Tier> tiers,
                Map<String, Long> counters) {
            long capacityBytes() {
                return tiers.stream().mapToLong(Tier::capacityBytes).sum();
            }

            long usedBytes() {
                return tiers.stream().mapToLong(Tier::usedBytes).sum();
            }

            long blocks() {
                return tiers.stream().mapToLong(Tier::blocks).sum();
            }
        }

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Option(
                names = "--seeds",
                required = true,
                split = ",",
                paramLabel = "HOST:PORT",
                description = "Control addresses of some nodes.")
        private List<String> seeds = List.of();

        @Override
        public Integer call() {
            List<Seen> seen = new ArrayList<>();
            try (var nodes = NodeConnections.of(seeds)) {
                GroupStatusReply group = nodes.firstAnswer(NodeConnections.Node::groupStatus);
                for (GroupMember member : group.getMembersList()) {
                    seen.add(look(nodes, member));
                }
            }
            if (seen.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "NO_NODES",
                        "the group has no nodes",
                        "none has been declared yet",
                        "cachectl node run --help");
            }
            print(seen);
            return 0;
        }

        private static Seen look(NodeConnections nodes, GroupMember member) {
            String name = member.getNode().getName();
            String control = member.getNode().getAddresses().getControl();
            String state = NodeConnections.stateName(member.getNode().getState());
            try {
                NodeStatus status = nodes.node(control).status();
                List<Tier> tiers = new ArrayList<>();
                for (TierStatus tier : status.getTiersList()) {
                    tiers.add(new Tier(tier.getName(), tier.getCapacityBytes(), tier.getUsedBytes(), tier.getBlocks()));
                }
                return new Seen(name, state, true, control, tiers, new TreeMap<>(status.getCountersMap()));
            } catch (StatusRuntimeException e) {
                return new Seen(name, state, false, control, List.of(), Map.of());
            }
        }

        private void print(List<Seen> seen) {
            if (common.isJson()) {
                Output.json(Map.of("nodes", seen));
                return;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("NODE", "STATE", "ANSWERS", "CONTROL", "USED", "CAPACITY", "BLOCKS"));
            for (Seen node : seen) {
                rows.add(List.of(
                        node.name(),
                        node.state(),
                        node.answers() ? "yes" : "no",
                        node.control(),
                        ByteSize.show(node.usedBytes()),
                        ByteSize.show(node.capacityBytes()),
                        Long.toString(node.blocks())));
            }
            Output.table(rows);
        }
    }
}
