package io.blockring.cachectl.cluster;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.proto.control.EvictRequest;
import io.blockring.proto.control.GroupMember;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.Volume;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl evict}: frees the blocks of a volume on all nodes of a group. */
@Command(
        name = "evict",
        description = "Free the cached blocks of a volume on all nodes of a group. The object store keeps them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl evict --volume lab --seeds 127.0.0.1:7001",
            "  cachectl evict --volume lab --seeds 127.0.0.1:7001 -o json"
        })
public final class EvictCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--volume", required = true, paramLabel = "NAME", description = "Name or number of the volume.")
    private String volume = "";

    @Option(
            names = "--seeds",
            required = true,
            split = ",",
            paramLabel = "HOST:PORT",
            description = "Control addresses of some nodes.")
    private List<String> seeds = List.of();

    @Override
    public Integer call() {
        Map<String, Long> freed = new LinkedHashMap<>();
        Map<String, String> failures = new LinkedHashMap<>();
        evict(seeds, volume, freed, failures);
        if (common.isJson()) {
            Output.json(Map.of("volume", volume, "freedBytes", freed, "failures", failures));
        } else {
            freed.forEach((node, bytes) -> System.out.println(node + ": " + ByteSize.show(bytes) + " freed"));
            failures.forEach((node, why) -> System.out.println(node + ": not reached (" + why + ")"));
        }
        return (failures.isEmpty() ? ExitCode.OK : ExitCode.PARTIAL).status();
    }

    /** Frees the blocks of a volume on every node that answers, noting bytes and failures by node. */
    public static void evict(List<String> seeds, String volume, Map<String, Long> freed, Map<String, String> failures) {
        try (var nodes = NodeConnections.of(seeds)) {
            GroupStatusReply group = nodes.firstAnswer(NodeConnections.Node::groupStatus);
            var request =
                    EvictRequest.newBuilder().setVolumeId(idOf(group, volume)).build();
            for (GroupMember member : group.getMembersList()) {
                String name = member.getNode().getName();
                try {
                    freed.put(
                            name,
                            nodes.node(member.getNode().getAddresses().getControl())
                                    .evict(request)
                                    .getBytes());
                } catch (StatusRuntimeException e) {
                    failures.put(name, e.getStatus().getCode().name());
                }
            }
        }
    }

    private static int idOf(GroupStatusReply group, String volume) {
        for (Volume known : group.getVolumesList()) {
            if (known.getName().equals(volume)
                    || Integer.toString(known.getVolumeId()).equals(volume)) {
                return known.getVolumeId();
            }
        }
        throw new CommandFailure(
                ExitCode.NOT_FOUND,
                "NO_SUCH_VOLUME",
                "group " + group.getGroup() + " has no volume " + volume,
                "it knows "
                        + group.getVolumesList().stream().map(Volume::getName).toList(),
                "cachectl group volume add META_URL --group " + group.getGroup() + " --group-log STORE");
    }
}
