package io.blockring.cachenode;

import static io.blockring.cachenode.TestNode.BLOCK_BYTES;
import static io.blockring.cachenode.TestNode.await;
import static io.blockring.cachenode.TestNode.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.proto.control.EvictRequest;
import io.blockring.proto.control.FillFailure;
import io.blockring.proto.control.FillProgress;
import io.blockring.proto.control.FillRequest;
import io.blockring.proto.control.GroupStatusRequest;
import io.blockring.proto.control.HelloRequest;
import io.blockring.proto.control.NodeControlGrpc;
import io.blockring.proto.control.NodeState;
import io.blockring.proto.control.PresentRequest;
import io.blockring.proto.control.RingRequest;
import io.blockring.proto.control.SliceBlock;
import io.blockring.proto.control.StatusRequest;
import io.blockring.proto.control.VolumeStatus;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeControlServiceTest {
    @TempDir
    Path directory;

    private TestNode node;
    private ManagedChannel channel;
    private NodeControlGrpc.NodeControlBlockingStub control;

    @BeforeEach
    void start() throws IOException {
        node = new TestNode(directory);
        connect();
    }

    private void connect() {
        channel = NettyChannelBuilder.forTarget(node.node.addresses().control())
                .usePlaintext()
                .build();
        control = NodeControlGrpc.newBlockingStub(channel).withDeadlineAfter(Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        node.close();
    }

    @Test
    void helloSaysWhoIsThereAndWhere() throws IOException {
        node.node.announce("127.0.0.1:7801", "127.0.0.1:9101");
        var hello = control.hello(HelloRequest.newBuilder().setGroup("train").build());
        assertThat(hello.getGroup()).isEqualTo("train");
        assertThat(hello.getNodeName()).isEqualTo("n1");
        assertThat(hello.getEpoch()).isEqualTo(1);
        assertThat(hello.getState()).isEqualTo(NodeState.NODE_STATE_UP);
        assertThat(hello.getAddresses().getBlock())
                .isEqualTo("127.0.0.1:" + node.endpoint().port());
        assertThat(hello.getAddresses().getCluster()).isEqualTo("127.0.0.1:7801");
        assertThatThrownBy(() -> control.hello(
                        HelloRequest.newBuilder().setGroup("other").build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION));

        NodeFile file = NodeFile.read(directory);
        assertThat(file.id()).isEqualTo(node.node.id());
        assertThat(file.control()).isEqualTo(node.node.addresses().control());
        assertThat(file.cluster()).isEqualTo("127.0.0.1:7801");
        assertThat(file.pid()).isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void theClusterListenersOfSeedsAreFoundByTheirControlAddresses() throws IOException {
        var seeds = new ClusterSeeds(
                "train", List.of("127.0.0.1:1", node.node.addresses().control()));
        assertThat(seeds.get()).isEmpty();
        node.node.announce("127.0.0.1:7801", "");
        assertThat(seeds.get()).containsExactly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7801));
        assertThat(new ClusterSeeds("other", List.of(node.node.addresses().control())).get())
                .isEmpty();
    }

    @Test
    void aNodeThatHasNotJoinedYetDoesNotSayThatNothingIsAgreed() throws Exception {
        var early = opened(directory.resolve("early"), 0);
        ManagedChannel toIt = NettyChannelBuilder.forTarget(early.addresses().control())
                .usePlaintext()
                .build();
        try {
            var asking = NodeControlGrpc.newBlockingStub(toIt).withDeadlineAfter(Duration.ofSeconds(30));
            for (Runnable question : List.<Runnable>of(
                    () -> asking.getRing(RingRequest.getDefaultInstance()),
                    () -> asking.groupStatus(GroupStatusRequest.getDefaultInstance()),
                    () -> asking.fill(FillRequest.newBuilder().setVolumeId(1).build())
                            .next())) {
                assertThatThrownBy(question::run)
                        .isInstanceOfSatisfying(
                                StatusRuntimeException.class,
                                e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
            }
        } finally {
            toIt.shutdownNow();
            early.close();
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        String taken = node.node.addresses().control();
        int port = Integer.parseInt(taken.substring(taken.lastIndexOf(':') + 1));
        assertThatThrownBy(() -> opened(directory.resolve("other"), port).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(port));
    }

    private CacheNode opened(Path folder, int port) throws IOException {
        var listen = new CacheNodeSettings.Listen("127.0.0.1", port, 0, "");
        return CacheNode.open(
                new CacheNodeSettings("train", "n2", Files.createDirectory(folder), listen, TestNode.LIMITS),
                node.blocks,
                _ -> null);
    }

    @Test
    void aNodeKeepsItsIdWhenItStartsAgain() throws Exception {
        var id = node.node.id();
        stop();
        start();
        assertThat(node.node.id()).isEqualTo(id);
    }

    @Test
    void theRingNamesNodesAndVolumesAndIsNotSentTwice() {
        var ring = control.getRing(RingRequest.newBuilder().setGroup("train").build());
        assertThat(ring.getEpoch()).isEqualTo(1);
        assertThat(ring.getNodesCount()).isEqualTo(1);
        assertThat(ring.getNodes(0).getAddresses().getBlock())
                .isEqualTo(node.node.addresses().block());
        assertThat(ring.getVolumesList())
                .extracting(volume -> volume.getVolumeId() + "." + volume.getIncarnation())
                .containsExactly("1.1", "2.1", "3.1", "4.1", "5.1");
        var again = control.getRing(RingRequest.newBuilder()
                .setKnownEpoch(ring.getEpoch())
                .setKnownRevision(ring.getRevision())
                .build());
        assertThat(again.getUnchanged()).isTrue();
        assertThat(again.getNodesCount()).isZero();
    }

    @Test
    void aBatchIsFetchedOnceEachAndWhatFailedIsNamed() throws IOException {
        List<SliceBlock> blocks = new ArrayList<>();
        for (int slice = 1; slice <= 20; slice++) {
            node.putObject(node.objects, key(1, slice), slice);
            blocks.add(block(slice));
        }
        node.read(key(1, 1), new Received());
        await(() -> node.blocks.usage().fills() == 1);
        blocks.add(block(99));
        blocks.add(SliceBlock.newBuilder().setSliceId(0).build());

        FillProgress result = fill(1, blocks);
        assertThat(result.getAlreadyBlocks()).isEqualTo(1);
        assertThat(result.getFetchedBlocks()).isEqualTo(19);
        assertThat(result.getFetchedBytes()).isEqualTo(19L * BLOCK_BYTES);
        assertThat(result.getFailedBlocks()).isEqualTo(2);
        assertThat(result.getFailuresList())
                .extracting(FillFailure::getReason)
                .containsExactlyInAnyOrder(FillFailure.Reason.REASON_NOT_FOUND, FillFailure.Reason.REASON_BAD_REQUEST);
        assertThat(node.objects.gets).as("20 blocks and one that is not there").hasValue(21);

        var present = control.present(PresentRequest.newBuilder()
                .setVolumeId(1)
                .setIncarnation(1)
                .addAllBlocks(blocks)
                .build());
        assertThat(present.getPresentBlocks()).isEqualTo(20);
        assertThat(present.getBitmap().byteAt(2)).isEqualTo((byte) 0b1111);
        assertThat(fill(1, blocks.subList(0, 20)).getAlreadyBlocks()).isEqualTo(20);
    }

    @Test
    void aBatchTellsOfNoKeysOtherOwnersAndNoRoom() throws Exception {
        assertThat(fill(3, List.of(block(1))).getFailures(0).getReason()).isEqualTo(FillFailure.Reason.REASON_NO_KEYS);
        assertThatThrownBy(() -> fill(9, List.of(block(1)))).hasMessageContaining("NOT_FOUND");
        try (var other = new TestNode(directory.resolve("other"))) {
            node.agree(2, List.of(other));
            assertThat(fill(1, List.of(block(1))).getFailures(0).getReason())
                    .isEqualTo(FillFailure.Reason.REASON_NOT_OWNER);
        }
        stop();
        node = new TestNode(
                directory.resolve("tiny"), TestNode.LIMITS, new BlockStoreSettings(List.of(), BLOCK_BYTES / 2, 0));
        connect();
        node.putObject(node.objects, key(1, 1), 1);
        assertThat(fill(1, List.of(block(1))).getFailures(0).getReason()).isEqualTo(FillFailure.Reason.REASON_NO_ROOM);
    }

    @Test
    void aBatchReportsWhileItRuns() throws IOException {
        var reports = new AtomicInteger();
        node.putObject(node.objects, key(1, 1), 1);
        node.objects.pace = (key, position) -> await(() -> reports.get() >= 2);
        control.fill(request(1, List.of(block(1)))).forEachRemaining(progress -> {
            assertThat(progress.getDone()).isEqualTo(progress.getFetchedBlocks() == 1);
            reports.incrementAndGet();
        });
        assertThat(reports.get()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void evictingAVolumeFreesItAloneAndStatusShowsIt() throws IOException {
        var other = new ScriptedStore();
        node.otherVolumes.put(2, other);
        node.putObject(node.objects, key(1, 7), 1);
        node.putObject(other, key(2, 7), 2);
        node.read(key(1, 7), new Received());
        node.read(key(2, 7), new Received());
        node.read(key(3, 7), new Received());
        await(() -> node.blocks.usage().fills() == 2);
        assertThat(volume(1).getBlocks()).isEqualTo(1);
        assertThat(volume(2).getBytes()).isGreaterThanOrEqualTo(BLOCK_BYTES);
        assertThat(volume(3).getHasKeys()).isFalse();

        assertThat(control.evict(EvictRequest.newBuilder().setVolumeId(1).build())
                        .getBytes())
                .isGreaterThanOrEqualTo(BLOCK_BYTES);
        assertThat(volume(1).getBlocks()).isZero();
        assertThat(volume(2).getBlocks()).isEqualTo(1);
        control.evict(EvictRequest.newBuilder().setAll(true).build());
        assertThat(volume(2).getBlocks()).isZero();
        var status = control.status(StatusRequest.getDefaultInstance());
        assertThat(status.getCountersMap()).containsEntry("store_gets", 2L).containsEntry("fills", 3L);
        assertThat(status.getTiersList()).extracting("name").containsExactly("memory", "disk");
        assertThatThrownBy(() -> control.evict(EvictRequest.getDefaultInstance()))
                .hasMessageContaining("INVALID_ARGUMENT");
    }

    @Test
    void groupStatusNamesEveryMember() throws IOException {
        try (var other = new TestNode(directory.resolve("other"))) {
            node.agree(2, List.of(node, other));
            var status = control.groupStatus(GroupStatusRequest.getDefaultInstance());
            assertThat(status.getEpoch()).isEqualTo(2);
            assertThat(status.getMembersList())
                    .extracting(member -> member.getNode().getName() + " " + member.getAlive())
                    .containsExactly("n0 true", "n1 false");
            assertThat(status.getVolumesCount()).isEqualTo(5);
        }
    }

    private VolumeStatus volume(int id) {
        return control.status(StatusRequest.getDefaultInstance()).getVolumesList().stream()
                .filter(volume -> volume.getVolumeId() == id)
                .findFirst()
                .orElseThrow();
    }

    private FillProgress fill(int volumeId, List<SliceBlock> blocks) {
        var progress = control.fill(request(volumeId, blocks));
        FillProgress last = progress.next();
        while (progress.hasNext()) {
            last = progress.next();
        }
        assertThat(last.getDone()).isTrue();
        return last;
    }

    private static FillRequest request(int volumeId, List<SliceBlock> blocks) {
        return FillRequest.newBuilder()
                .setVolumeId(volumeId)
                .setIncarnation(1)
                .addAllBlocks(blocks)
                .build();
    }

    private static SliceBlock block(long slice) {
        BlockKey.Slice key = key(1, slice);
        return SliceBlock.newBuilder()
                .setSliceId(slice)
                .setIndex(key.index())
                .setPlainBytes(key.plainBytes())
                .build();
    }
}
