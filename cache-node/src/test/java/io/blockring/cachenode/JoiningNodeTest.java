package io.blockring.cachenode;

import static io.blockring.cachenode.TestNode.BLOCK_BYTES;
import static io.blockring.cachenode.TestNode.await;
import static io.blockring.cachenode.TestNode.in;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.group.CacheGroup;
import io.blockring.group.CacheGroupSettings;
import io.blockring.group.CacheGroupSettings.Liveness;
import io.blockring.group.GroupAdmin;
import io.blockring.group.GroupSettings;
import io.blockring.group.GroupVolume;
import io.blockring.group.NodeDeclaration;
import io.blockring.group.ObjectLogStore;
import io.blockring.group.VolumeDeclaration;
import io.blockring.group.VolumeStorage;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Hello;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that agree through a real group log and see one another by JGroups, on loopback. */
class JoiningNodeTest {
    private static final VolumeLayout LAYOUT = new VolumeLayout("lab", false);
    private static final Liveness QUICK = new Liveness(
            Duration.ofSeconds(4),
            Duration.ofMillis(300),
            Duration.ofMillis(600),
            Duration.ofMillis(100),
            Duration.ofMillis(200));

    @TempDir
    Path directory;

    private final ObjectLogStore logStore = new ObjectLogStore(new MemoryObjectStore());
    private final ScriptedStore objects = new ScriptedStore();
    private final ConnectionWatch watch = new ConnectionWatch();
    private final List<Member> members = new ArrayList<>();
    private GroupVolume volume;

    private record Member(BlockStore blocks, CacheNode node, CacheGroup group) {}

    @BeforeEach
    void createGroup() throws Exception {
        var admin = new GroupAdmin(logStore, "train");
        admin.create(new GroupSettings(60_000, 0));
        volume = admin.addVolume(new VolumeDeclaration(
                new UUID(1, 2), new VolumeStorage("file", "/none", ""), LAYOUT, 4 << 20, "lab-keys"));
    }

    @AfterEach
    void stop() {
        for (Member member : members) {
            member.group.close();
            member.node.close();
            member.blocks.close();
        }
        watch.close();
    }

    @Test
    void aNodeThatJoinsGetsItsBlocksFromTheirEarlierOwner() throws Exception {
        Member first = start("n1");
        List<BlockKey.Slice> keys = new ArrayList<>();
        for (int slice = 1; slice <= 12; slice++) {
            var key = new BlockKey.Slice(
                    volume.volumeId(), volume.incarnation(), slice, 0, BLOCK_BYTES, BlockKey.Form.PLAIN);
            keys.add(key);
            objects.put(
                    LAYOUT.blockKey(slice, 0, BLOCK_BYTES),
                    MemorySegment.ofArray(TestNode.bytesOf(slice)),
                    ObjectStore.PutCondition.ALWAYS);
            assertThat(read(first, key).source()).isEqualTo(Source.STORE);
        }
        await(() -> first.blocks.usage().fills() == keys.size());

        Member second = start("n2");
        await(() -> first.group.state().ring().nodes().size() == 2);
        await(() -> first.group.alive().size() == 2);
        int moved = 0;
        for (BlockKey.Slice key : keys) {
            if (second.group.state().ring().owner(key.hash().high()).equals(second.node.id())) {
                Received received = read(second, key);
                assertThat(received.source()).isEqualTo(Source.PEER);
                assertThat(received.bytes()).isEqualTo(TestNode.bytesOf(key.sliceId()));
                moved++;
            }
        }
        assertThat(moved).as("blocks that changed their owner").isPositive();
        assertThat(objects.gets).as("each block was fetched once, ever").hasValue(keys.size());
    }

    private Member start(String name) throws Exception {
        Path own = directory.resolve(name);
        var blocks = BlockStore.open(new BlockStoreSettings(List.of(), 64 << 20, 0));
        var node = CacheNode.open(
                new CacheNodeSettings("train", name, own, CacheNodeSettings.Listen.LOOPBACK, TestNode.LIMITS),
                blocks,
                declared -> declared.credential().equals("lab-keys") ? objects : null);
        var seeds = new ClusterSeeds(
                "train",
                members.stream()
                        .map(member -> member.node.addresses().control())
                        .toList());
        var settings = new CacheGroupSettings(
                "train",
                node.id(),
                own,
                InetAddress.getLoopbackAddress(),
                0,
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                QUICK);
        var group = CacheGroup.start(settings, logStore, seeds);
        members.add(new Member(blocks, node, group));
        var cluster = group.clusterAddress();
        node.announce(cluster.getAddress().getHostAddress() + ":" + cluster.getPort(), "");
        node.join(group);
        group.declareSelf(new NodeDeclaration(node.id(), name, 100, "", node.addresses()))
                .get(40, TimeUnit.SECONDS);
        return members.getLast();
    }

    private Received read(Member member, BlockKey.Slice key) throws IOException {
        String block = member.node.addresses().block();
        var endpoint = new NodeEndpoint(
                member.node.id(), "127.0.0.1", Integer.parseInt(block.substring(block.lastIndexOf(':') + 1)), "");
        var asker = new NodeConnections.Asker("train", Hello.Role.CLIENT, UUID.randomUUID());
        try (var reader = new NodeConnections(endpoint, asker, AskingSettings.DEFAULT, watch)) {
            var received = new Received();
            var request = new Ask.Request(
                    Ask.Op.READ, 0, member.group.state().ring().epoch(), 20_000, key, 0, BLOCK_BYTES, 0, "");
            assertThat(reader.ask(request, received, in(30)))
                    .isInstanceOfSatisfying(
                            NodeAnswer.Ended.class,
                            ended -> assertThat(ended.end().status())
                                    .as("%s", ended.end())
                                    .isEqualTo(Status.OK));
            return received;
        }
    }
}
