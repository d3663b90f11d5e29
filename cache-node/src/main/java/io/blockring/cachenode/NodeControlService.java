package io.blockring.cachenode;

import com.google.protobuf.ByteString;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreUsage;
import io.blockring.blockstore.StoredBlock;
import io.blockring.group.GroupVolume;
import io.blockring.proto.control.EvictReply;
import io.blockring.proto.control.EvictRequest;
import io.blockring.proto.control.FillProgress;
import io.blockring.proto.control.FillRequest;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.GroupStatusRequest;
import io.blockring.proto.control.HelloReply;
import io.blockring.proto.control.HelloRequest;
import io.blockring.proto.control.NodeControlGrpc;
import io.blockring.proto.control.NodeStatus;
import io.blockring.proto.control.PresentReply;
import io.blockring.proto.control.PresentRequest;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.RingRequest;
import io.blockring.proto.control.SliceBlock;
import io.blockring.proto.control.StatusRequest;
import io.blockring.proto.control.TierStatus;
import io.blockring.proto.control.VolumeStatus;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The control service of a node. Its calls run on virtual threads and may block. */
final class NodeControlService extends NodeControlGrpc.NodeControlImplBase {
    /** How many blocks one request may name. */
    static final int MAX_BATCH_BLOCKS = 100_000;

    private final Supplier<NodeIdentity> identity;
    private final Supplier<GroupWatch> group;
    private final Supplier<Map<String, Long>> counters;
    private final BlockStore store;
    private final VolumeStores volumes;
    private final BatchFill batchFill;
    private final int fetchesAtOnce;
    private final long startedNanos = System.nanoTime();

    NodeControlService(
            Supplier<NodeIdentity> identity,
            Supplier<GroupWatch> group,
            Supplier<Map<String, Long>> counters,
            BlockStore store,
            VolumeStores volumes,
            BatchFill batchFill,
            int fetchesAtOnce) {
        this.identity = identity;
        this.group = group;
        this.counters = counters;
        this.store = store;
        this.volumes = volumes;
        this.batchFill = batchFill;
        this.fetchesAtOnce = fetchesAtOnce;
    }

    @Override
    public void hello(HelloRequest request, StreamObserver<HelloReply> reply) {
        if (!request.getGroup().isEmpty()
                && !request.getGroup().equals(identity.get().group())) {
            refuse(
                    reply,
                    Status.FAILED_PRECONDITION,
                    "this node is of group " + identity.get().group());
            return;
        }
        GroupView view = group.get().view();
        answer(
                reply,
                HelloReply.newBuilder()
                        .setGroup(identity.get().group())
                        .setNodeId(ControlMessages.id(identity.get().id()))
                        .setNodeName(identity.get().name())
                        .setAddresses(ControlMessages.addresses(identity.get().addresses()))
                        .setEpoch(view.ring().epoch())
                        .setState(ControlMessages.stateOf(view, identity.get().id()))
                        .setSoftwareVersion(identity.get().softwareVersion())
                        .build());
    }

    @Override
    public void getRing(RingRequest request, StreamObserver<Ring> reply) {
        if (!request.getGroup().isEmpty()
                && !request.getGroup().equals(identity.get().group())) {
            refuse(
                    reply,
                    Status.FAILED_PRECONDITION,
                    "this node is of group " + identity.get().group());
            return;
        }
        if (!hasJoined(reply)) {
            return;
        }
        GroupView view = group.get().view();
        answer(
                reply,
                ControlMessages.ring(
                        identity.get().group(), view, request.getKnownEpoch(), request.getKnownRevision()));
    }

    @Override
    public void status(StatusRequest request, StreamObserver<NodeStatus> reply) {
        GroupView view = group.get().view();
        BlockStoreUsage usage = store.usage();
        NodeStatus.Builder status = NodeStatus.newBuilder()
                .setNodeId(ControlMessages.id(identity.get().id()))
                .setNodeName(identity.get().name())
                .setState(ControlMessages.stateOf(view, identity.get().id()))
                .setEpoch(view.ring().epoch())
                .setUptimeMillis((System.nanoTime() - startedNanos) / 1_000_000)
                .addTiers(tier("memory", usage.memory()))
                .addTiers(tier("disk", usage.disk()))
                .putAllCounters(counters.get());
        Set<Integer> ids = new HashSet<>(usage.volumes().keySet());
        view.volumes().values().stream()
                .filter(volume -> volume.state() == GroupVolume.State.ACTIVE)
                .forEach(volume -> ids.add(volume.volumeId()));
        ids.stream().sorted().forEach(id -> {
            BlockStoreUsage.Held used = usage.volumes().get(id);
            status.addVolumes(VolumeStatus.newBuilder()
                    .setVolumeId(id)
                    .setBytes(used == null ? 0 : used.usedBytes())
                    .setBlocks(used == null ? 0 : used.blocks())
                    .setHasKeys(volumes.hasKeys(id)));
        });
        answer(reply, status.build());
    }

    private static TierStatus tier(String name, BlockStoreUsage.TierUsage usage) {
        return TierStatus.newBuilder()
                .setName(name)
                .setCapacityBytes(usage.capacityBytes())
                .setUsedBytes(usage.usedBytes())
                .setBlocks(usage.blocks())
                .build();
    }

    @Override
    public void evict(EvictRequest request, StreamObserver<EvictReply> reply) {
        if (request.getWhatCase() == EvictRequest.WhatCase.WHAT_NOT_SET) {
            refuse(reply, Status.INVALID_ARGUMENT, "evict which volume?");
            return;
        }
        try {
            answer(reply, EvictReply.newBuilder().setBytes(evict(request)).build());
        } catch (IOException e) {
            refuse(reply, Status.UNAVAILABLE, "not all blocks are known yet: " + e.getMessage());
        }
    }

    private long evict(EvictRequest request) throws IOException {
        if (request.hasVolumeId()) {
            return store.evictVolume(request.getVolumeId());
        }
        Set<Integer> ids = new HashSet<>(store.usage().volumes().keySet());
        ids.addAll(group.get().view().volumes().keySet());
        long bytes = 0;
        for (int id : ids) {
            bytes += store.evictVolume(id);
        }
        return bytes;
    }

    @Override
    public void fill(FillRequest request, StreamObserver<FillProgress> reply) {
        GroupVolume volume = group.get().view().servedVolume(request.getVolumeId(), request.getIncarnation());
        if (!isSane(volume, request.getVolumeId(), request.getBlocksCount(), reply) || volume == null) {
            return;
        }
        int concurrency =
                request.getConcurrency() == 0 ? fetchesAtOnce : Math.clamp(request.getConcurrency(), 1, fetchesAtOnce);
        var call = (ServerCallStreamObserver<FillProgress>) reply;
        try {
            batchFill.run(volume, request.getBlocksList(), concurrency, call::isCancelled, reply::onNext);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(reply, Status.UNAVAILABLE, "the node is stopping");
            return;
        }
        if (!call.isCancelled()) {
            reply.onCompleted();
        }
    }

    @Override
    public void present(PresentRequest request, StreamObserver<PresentReply> reply) {
        GroupVolume volume = group.get().view().servedVolume(request.getVolumeId(), request.getIncarnation());
        if (!isSane(volume, request.getVolumeId(), request.getBlocksCount(), reply) || volume == null) {
            return;
        }
        byte[] bitmap = new byte[(request.getBlocksCount() + Byte.SIZE - 1) / Byte.SIZE];
        int present = 0;
        int place = 0;
        for (SliceBlock block : request.getBlocksList()) {
            BlockKey.Slice key = BatchFill.keyOf(volume, block);
            if (key != null && isHere(key)) {
                present++;
                bitmap[place / Byte.SIZE] |= (byte) (1 << place % Byte.SIZE);
            }
            place++;
        }
        answer(
                reply,
                PresentReply.newBuilder()
                        .setBitmap(ByteString.copyFrom(bitmap))
                        .setPresentBlocks(present)
                        .build());
    }

    private boolean isHere(BlockKey.Slice key) {
        try (StoredBlock block = store.find(key)) {
            return block != null;
        }
    }

    private boolean isSane(@Nullable GroupVolume volume, int volumeId, int blocks, StreamObserver<?> reply) {
        if (volume == null && !hasJoined(reply)) {
            return false;
        }
        if (volume == null) {
            refuse(reply, Status.NOT_FOUND, "the group has no volume " + volumeId + " of that incarnation");
            return false;
        }
        if (blocks > MAX_BATCH_BLOCKS) {
            refuse(reply, Status.INVALID_ARGUMENT, "more than " + MAX_BATCH_BLOCKS + " blocks in one request");
            return false;
        }
        return true;
    }

    @Override
    public void groupStatus(GroupStatusRequest request, StreamObserver<GroupStatusReply> reply) {
        if (hasJoined(reply)) {
            answer(reply, ControlMessages.groupStatus(identity.get(), group.get()));
        }
    }

    /** Who asks about the group should ask another node: no answer is better than that nothing was agreed. */
    private boolean hasJoined(StreamObserver<?> reply) {
        boolean joined = group.get().view().revision() > 0;
        if (!joined) {
            refuse(reply, Status.UNAVAILABLE, "this node has not read yet what its group has agreed");
        }
        return joined;
    }

    private static <T> void answer(StreamObserver<T> reply, T message) {
        reply.onNext(message);
        reply.onCompleted();
    }

    private static void refuse(StreamObserver<?> reply, Status status, String why) {
        reply.onError(status.withDescription(why).asException());
    }
}
