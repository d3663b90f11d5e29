package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a failure of a job goes over the wire and comes out as what it was: its kind is a trailer of the call. */
final class JobFailures {
    private static final Metadata.Key<String> FILE_ERROR = key("blockring-file-error");
    private static final Metadata.Key<String> STORE_ERROR = key("blockring-store-error");

    private JobFailures() {}

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    static StatusRuntimeException sent(FileError e) {
        return sent(FILE_ERROR, e.kind(), e);
    }

    static StatusRuntimeException sent(ObjectStoreException e) {
        return sent(STORE_ERROR, e.kind(), e);
    }

    private static StatusRuntimeException sent(Metadata.Key<String> key, Enum<?> kind, Exception e) {
        var trailers = new Metadata();
        trailers.put(key, kind.name());
        return Status.FAILED_PRECONDITION.withDescription(e.getMessage()).asRuntimeException(trailers);
    }

    /** What failed in the other process; what is none of these failures is one of the connection. */
    static FileError received(StatusRuntimeException e) throws ObjectStoreException {
        String message = e.getStatus().getDescription() == null
                ? e.getStatus().getCode().toString()
                : e.getStatus().getDescription();
        Metadata trailers = e.getTrailers();
        Optional<ObjectStoreException.Kind> ofStore = kind(ObjectStoreException.Kind.values(), trailers, STORE_ERROR);
        if (ofStore.isPresent()) {
            throw new ObjectStoreException(ofStore.get(), message);
        }
        return kind(FileError.Kind.values(), trailers, FILE_ERROR)
                .map(kind -> new FileError(kind, message))
                .orElseGet(() ->
                        new FileError(FileError.Kind.IO, "the process that has the volume did not answer: " + message));
    }

    private static <K extends Enum<K>> Optional<K> kind(
            K[] all, @Nullable Metadata trailers, Metadata.Key<String> key) {
        String name = trailers == null ? null : trailers.get(key);
        return Arrays.stream(all).filter(kind -> kind.name().equals(name)).findFirst();
    }
}
