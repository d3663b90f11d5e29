package io.blockring.mount;

import com.google.protobuf.ByteString;
import io.blockring.proto.mount.DescribeMountRequest;
import io.blockring.proto.mount.LocateAnswer;
import io.blockring.proto.mount.LocateRequest;
import io.blockring.proto.mount.ManifestFile;
import io.blockring.proto.mount.ManifestRequest;
import io.blockring.proto.mount.MountControlGrpc;
import io.blockring.proto.mount.MountDescription;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/**
 * Asks the process behind a mount point. Fails with {@link io.grpc.StatusRuntimeException}: NOT_FOUND and the like for
 * a path, UNAVAILABLE when nobody listens, DEADLINE_EXCEEDED.
 */
public final class MountControlClient implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** A tree of a hundred million files is listed in less. */
    private static final Duration MANIFEST_LIMIT = Duration.ofHours(24);

    private final ManagedChannel channel;
    private final MountControlGrpc.MountControlBlockingStub stub;

    public MountControlClient(Path socket) {
        channel = ControlChannel.connect(socket);
        stub = MountControlGrpc.newBlockingStub(channel);
    }

    public MountDescription describe() {
        return limited(LIMIT).describe(DescribeMountRequest.getDefaultInstance());
    }

    /** The blocks of the file at {@code path}, bytes below the root of the volume. */
    public LocateAnswer locate(byte[] path) {
        return limited(LIMIT)
                .locate(LocateRequest.newBuilder()
                        .setPath(ByteString.copyFrom(path))
                        .build());
    }

    /** The files at and below {@code path} with their blocks, in byte order, as they are found. */
    public Iterator<ManifestFile> manifest(byte[] path) {
        return limited(MANIFEST_LIMIT)
                .manifest(ManifestRequest.newBuilder()
                        .setPath(ByteString.copyFrom(path))
                        .build());
    }

    private MountControlGrpc.MountControlBlockingStub limited(Duration limit) {
        return stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
