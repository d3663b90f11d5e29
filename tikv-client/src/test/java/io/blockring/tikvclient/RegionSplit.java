package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.UnknownFieldSet;
import io.blockring.tikvclient.wire.TikvGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Splits regions, as a cluster does by itself when they grow. The call is no part of what we use of the protocol.
 *
 * <pre>
 * message SplitRegionRequest { Context context = 1; repeated bytes split_keys = 3; }
 * </pre>
 */
public final class RegionSplit {
    private static final int CONTEXT = 1;
    private static final int KEYS = 3;

    private static final MethodDescriptor<Empty, Empty> CALL = MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(TikvGrpc.SERVICE_NAME, "SplitRegion"))
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();

    private RegionSplit() {}

    /** Lets a region begin at {@code key}; returns once the placement driver knows it. */
    public static void at(String driver, byte[] key, Duration patience) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        try (var channels = new Channels(TikvSecurity.NONE.credentials(), _ -> {});
                var placement = new PlacementDriver(List.of(driver), channels)) {
            Region region = placement.regionOf(key, deadline);
            while (!Arrays.equals(region.start(), key)) {
                ClientCalls.blockingUnaryCall(
                        channels.to(region.address()),
                        CALL,
                        CallOptions.DEFAULT.withDeadline(deadline.ofCall()),
                        request(region, key));
                deadline.pause("a region is not split");
                region = placement.regionOf(key, deadline);
            }
        }
    }

    private static Empty request(Region region, byte[] key) {
        return Empty.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(CONTEXT, field(region.context().build().toByteString()))
                        .addField(KEYS, field(ByteString.copyFrom(key)))
                        .build())
                .build();
    }

    private static UnknownFieldSet.Field field(ByteString bytes) {
        return UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes).build();
    }
}
