package io.blockring.mount;

import com.google.protobuf.ByteString;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.mount.jobs.PatientStream;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.proto.mount.BlockPlace;
import io.blockring.proto.mount.DescribeMountRequest;
import io.blockring.proto.mount.FileExtent;
import io.blockring.proto.mount.LocateAnswer;
import io.blockring.proto.mount.LocateRequest;
import io.blockring.proto.mount.ManifestFile;
import io.blockring.proto.mount.ManifestRequest;
import io.blockring.proto.mount.MountControlGrpc;
import io.blockring.proto.mount.MountDescription;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers on the control socket of a mount. */
final class MountControl extends MountControlGrpc.MountControlImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(MountControl.class);

    private final Supplier<MountDescription> description;
    private final FileBlocks files;
    private final VolumeLayout layout;

    MountControl(Supplier<MountDescription> description, FileBlocks files, VolumeLayout layout) {
        this.description = description;
        this.files = files;
        this.layout = layout;
    }

    @Override
    public void describe(DescribeMountRequest request, StreamObserver<MountDescription> answer) {
        answer.onNext(description.get());
        answer.onCompleted();
    }

    @Override
    public void locate(LocateRequest request, StreamObserver<LocateAnswer> answer) {
        try {
            Entry file = files.find(request.getPath().toByteArray());
            if (file.attr().type() != FileType.FILE) {
                throw new FileError(FileError.Kind.INVALID, "only files have blocks");
            }
            var found = LocateAnswer.newBuilder()
                    .setInode(file.inode())
                    .setLength(file.attr().length());
            for (FileBlocks.Extent extent : files.extents(file)) {
                found.addExtents(extentOf(extent));
            }
            answer.onNext(found.build());
            answer.onCompleted();
        } catch (FileError e) {
            answer.onError(statusOf(e));
        }
    }

    private FileExtent extentOf(FileBlocks.Extent extent) {
        var found = FileExtent.newBuilder().setOffset(extent.offset()).setLength(extent.length());
        FileBlocks.@Nullable Block block = extent.block();
        if (block != null) {
            found.setBlock(placeOf(block))
                    .setOffsetInBlock(extent.offsetInBlock())
                    .setObjectKey(layout.blockKey(block.sliceId(), block.index(), block.plainBytes()));
        }
        return found.build();
    }

    private static BlockPlace placeOf(FileBlocks.Block block) {
        return BlockPlace.newBuilder()
                .setSliceId(block.sliceId())
                .setIndex(block.index())
                .setPlainBytes(block.plainBytes())
                .build();
    }

    @Override
    public void manifest(ManifestRequest request, StreamObserver<ManifestFile> answer) {
        var listener = new PatientStream<>((ServerCallStreamObserver<ManifestFile>) answer);
        // On a thread of its own: while this method runs, gRPC does not tell when the listener has room again.
        Thread.ofVirtual().name("mount-manifest").start(() -> sendManifest(request, listener));
    }

    private void sendManifest(ManifestRequest request, PatientStream<ManifestFile> listener) {
        try {
            files.walk(request.getPath().toByteArray(), (path, length, blocks) -> {
                var found = ManifestFile.newBuilder()
                        .setPath(ByteString.copyFrom(path))
                        .setLength(length);
                blocks.forEach(block -> found.addBlocks(placeOf(block)));
                return listener.send(found.build());
            });
            listener.complete();
        } catch (FileError e) {
            listener.fail(statusOf(e));
        } catch (RuntimeException e) {
            LOG.error("the manifest of a path broke off", e);
            listener.fail(Status.INTERNAL.withDescription(e.toString()).asRuntimeException());
        }
    }

    private static StatusRuntimeException statusOf(FileError e) {
        Status status = switch (e.kind()) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case NOT_DIRECTORY, IS_DIRECTORY, INVALID, NAME_TOO_LONG -> Status.INVALID_ARGUMENT;
            case NOT_PERMITTED, NO_ACCESS -> Status.PERMISSION_DENIED;
            case IO -> Status.UNAVAILABLE;
            default -> Status.INTERNAL;
        };
        return status.withDescription(e.getMessage()).asRuntimeException();
    }
}
