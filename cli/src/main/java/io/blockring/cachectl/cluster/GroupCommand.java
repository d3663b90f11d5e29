package io.blockring.cachectl.cluster;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.files.VolumeFacts;
import io.blockring.group.GroupAdmin;
import io.blockring.group.GroupSettings;
import io.blockring.group.GroupState;
import io.blockring.group.GroupVolume;
import io.blockring.proto.control.GroupMember;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.Volume;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cachectl group}: makes groups, shows them, and tells them of volumes. */
@Command(
        name = "group",
        description = "Create and look at cache groups.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {GroupCommand.Create.class, GroupCommand.Status.class, GroupCommand.OfVolumes.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl group create train --group-log s3://bucket --group-log-endpoint http://127.0.0.1:9000",
            "  cachectl group volume add rocksdb:///var/lib/blockring/lab --group train --group-log s3://bucket",
            "  cachectl group status --seeds 127.0.0.1:7001"
        })
public final class GroupCommand implements Runnable {
    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        CommandLine.usage(spec.commandLine(), System.out);
    }

    /** {@code cachectl group create}. */
    @Command(
            name = "create",
            description = "Start a group: its log in an object store, after a race that proves the store fit for it.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl group create train --group-log s3://bucket --group-log-endpoint http://127.0.0.1:9000",
                "  cachectl group create train --group-log file:///mnt/shared/train",
                "  cachectl group create train --group-log s3://bucket --group-log-region eu-west-1"
            })
    static final class Create implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private LogOptions log = new LogOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the group.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            try (var store = log.open()) {
                GroupState state = new GroupAdmin(store, name).create(GroupSettings.DEFAULT);
                if (common.isJson()) {
                    Output.json(Map.of(
                            "group",
                            name,
                            "id",
                            state.groupId().toString(),
                            "log",
                            log.address().toString()));
                } else {
                    System.out.println("group " + name + " created; its log is in " + log.address());
                }
            }
            return 0;
        }
    }

    /** {@code cachectl group status}. */
    @Command(
            name = "status",
            description = "Show the nodes, the volumes and the epoch of a group, as one of its nodes sees them.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl group status --seeds 127.0.0.1:7001,127.0.0.1:7002",
                "  cachectl group status --seeds 127.0.0.1:7001 -o json"
            })
    static final class Status implements Callable<Integer> {
        /** The group as scripts see it. */
        record Seen(
                String group,
                long epoch,
                long revision,
                String answeredBy,
                List<Node> nodes,
                List<OneVolume> volumes) {}

        record Node(String name, String id, String state, boolean alive, String control, int weight, String zone) {}

        record OneVolume(int volumeId, String name, String uuid, int incarnation) {}

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Option(
                names = "--seeds",
                required = true,
                split = ",",
                paramLabel = "HOST:PORT",
                description = "Control addresses of some nodes; the first that answers is asked.")
        private List<String> seeds = List.of();

        @Override
        public Integer call() {
            try (var nodes = NodeConnections.of(seeds)) {
                print(seen(nodes.firstAnswer(NodeConnections.Node::groupStatus)));
            }
            return 0;
        }

        private static Seen seen(GroupStatusReply reply) {
            List<Node> nodes = new ArrayList<>();
            String answeredBy = "";
            for (GroupMember member : reply.getMembersList()) {
                var node = member.getNode();
                if (node.getId().equals(reply.getNodeId())) {
                    answeredBy = node.getName();
                }
                nodes.add(new Node(
                        node.getName(),
                        uuid(node.getId().getHigh(), node.getId().getLow()),
                        NodeConnections.stateName(node.getState()),
                        member.getAlive(),
                        node.getAddresses().getControl(),
                        node.getWeight(),
                        node.getZone()));
            }
            List<OneVolume> volumes = new ArrayList<>();
            for (Volume volume : reply.getVolumesList()) {
                volumes.add(new OneVolume(
                        volume.getVolumeId(),
                        volume.getName(),
                        uuid(volume.getUuid().getHigh(), volume.getUuid().getLow()),
                        volume.getIncarnation()));
            }
            return new Seen(reply.getGroup(), reply.getEpoch(), reply.getRevision(), answeredBy, nodes, volumes);
        }

        private static String uuid(long high, long low) {
            return new UUID(high, low).toString();
        }

        private void print(Seen group) {
            if (common.isJson()) {
                Output.json(group);
                return;
            }
            System.out.println(
                    "group " + group.group() + ", epoch " + group.epoch() + ", as " + group.answeredBy() + " sees it");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("NODE", "STATE", "ALIVE", "CONTROL", "WEIGHT", "ZONE"));
            for (Node node : group.nodes()) {
                rows.add(List.of(
                        node.name(),
                        node.state(),
                        node.alive() ? "yes" : "no",
                        node.control(),
                        Integer.toString(node.weight()),
                        node.zone().isEmpty() ? "-" : node.zone()));
            }
            Output.table(rows);
            for (OneVolume volume : group.volumes()) {
                System.out.println("volume " + volume.volumeId() + ": " + volume.name() + " (" + volume.uuid()
                        + "), incarnation " + volume.incarnation());
            }
        }
    }

    /** {@code cachectl group volume}. */
    @Command(
            name = "volume",
            description = "Tell a group of volumes.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = AddVolume.class)
    static final class OfVolumes implements Runnable {
        @Mixin
        @SuppressWarnings("unused") // picocli fills it
        private CommonOptions common = new CommonOptions();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public void run() {
            CommandLine.usage(spec.commandLine(), System.out);
        }
    }

    /** {@code cachectl group volume add}. */
    @Command(
            name = "add",
            description = "Register a volume, so that the nodes of a group may cache its blocks.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl group volume add rocksdb:///var/lib/blockring/lab --group train --group-log s3://bucket"
                        + " --group-log-endpoint http://127.0.0.1:9000"
            })
    static final class AddVolume implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private LogOptions log = new LogOptions();

        @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
        private URI meta = URI.create("");

        @Option(names = "--group", required = true, paramLabel = "GROUP", description = "Name of the group.")
        private String group = "";

        @Option(
                names = "--credential-name",
                paramLabel = "NAME",
                defaultValue = "default",
                description = "Under which name nodes find the keys to the volume's storage (default: default).")
        private String credential = "default";

        @Override
        public Integer call() throws Exception {
            VolumeFacts facts = VolumeFacts.of(meta);
            try (var store = log.open()) {
                GroupVolume volume = new GroupAdmin(store, group).addVolume(facts.declaration(credential));
                if (common.isJson()) {
                    Output.json(Map.of(
                            "group", group,
                            "volume", facts.name(),
                            "volumeId", volume.volumeId(),
                            "uuid", facts.uuid().toString(),
                            "incarnation", volume.incarnation()));
                } else {
                    System.out.println(
                            "volume " + facts.name() + " is number " + volume.volumeId() + " of group " + group);
                }
            }
            return 0;
        }
    }
}
