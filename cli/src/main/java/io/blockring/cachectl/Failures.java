package io.blockring.cachectl;

import io.blockring.group.GroupLogException;
import io.blockring.meta.FileError;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.meta.volume.VolumeHeldException;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.codec.VolumeKeyException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The one table from what other modules throw to what the user is told. */
public final class Failures {
    private Failures() {}

    /** What to tell the user of {@code thrown}, whatever it is. */
    public static CommandFailure of(Throwable thrown) {
        return switch (thrown) {
            case CommandFailure failure -> failure;
            case ObjectStoreException e -> ofStore(e).causedBy(e);
            case GroupLogException e -> ofLog(e).causedBy(e);
            case VolumeHeldException e -> ofHeld(e).causedBy(e);
            case VolumeException e -> ofVolume(e).causedBy(e);
            case FileError e -> ofFile(e).causedBy(e);
            case StatusRuntimeException e -> ofCall(e).causedBy(e);
            case VolumeKeyException e -> ofKey(e).causedBy(e);
            case IOException e -> ofInputOutput(e).causedBy(e);
            case InterruptedException e ->
                failure(
                                ExitCode.INTERRUPTED,
                                "INTERRUPTED",
                                "the command was interrupted",
                                "it was told to end",
                                "run it again")
                        .causedBy(e);
            default ->
                failure(
                                ExitCode.UNEXPECTED,
                                "UNEXPECTED",
                                "something failed that should not",
                                thrown.toString(),
                                "the same command with -v, and report what it prints")
                        .causedBy(thrown);
        };
    }

    private static CommandFailure ofStore(ObjectStoreException e) {
        String what = "the object store did not do what it was asked";
        return switch (e.kind()) {
            case DENIED ->
                failure(
                        ExitCode.NO_PERMISSION,
                        "DENIED",
                        what,
                        e.getMessage(),
                        "export BLOCKRING_ACCESS_KEY=... BLOCKRING_SECRET_KEY=...   with keys of that bucket");
            case NO_BUCKET ->
                failure(
                        ExitCode.NOT_FOUND,
                        "NO_BUCKET",
                        what,
                        e.getMessage(),
                        "create the bucket, or name another with --storage");
            case NOT_FOUND ->
                failure(ExitCode.NOT_FOUND, "NO_OBJECT", what, e.getMessage(), "check --storage and --endpoint");
            case INVALID -> failure(ExitCode.USAGE, "INVALID", what, e.getMessage(), "the same command with --help");
            case EXISTS, CHANGED ->
                failure(ExitCode.CONFLICT, "CHANGED", what, e.getMessage(), "run the command again");
            case RETRY, UNCLEAR ->
                failure(
                        ExitCode.UNREACHABLE,
                        "STORE_UNREACHABLE",
                        what,
                        e.getMessage(),
                        "check that the endpoint answers, then run the command again");
        };
    }

    private static CommandFailure ofLog(GroupLogException e) {
        String what = "the log of the group was not written or read";
        return switch (e.kind()) {
            case NO_GROUP ->
                failure(
                        ExitCode.NOT_FOUND,
                        "NO_GROUP",
                        what,
                        e.getMessage(),
                        "cachectl group create NAME --group-log STORE");
            case REFUSED ->
                failure(ExitCode.CONFLICT, "REFUSED", what, e.getMessage(), "cachectl group status --seeds HOST:PORT");
            case UNFIT_STORE ->
                failure(
                        ExitCode.CONFLICT,
                        "UNFIT_STORE",
                        what,
                        e.getMessage(),
                        "another store with --group-log: one whose PUT knows If-None-Match");
            default ->
                failure(
                        ExitCode.UNREACHABLE,
                        "LOG_UNREACHABLE",
                        what,
                        e.getMessage(),
                        "check that the store of the log answers, then run the command again");
        };
    }

    private static CommandFailure ofHeld(VolumeHeldException e) {
        return failure(
                ExitCode.CONFLICT,
                "VOLUME_HELD",
                "the volume is in use by another process",
                e.getMessage(),
                "cachectl status   or, to end it: cachectl umount DIRECTORY");
    }

    private static CommandFailure ofVolume(VolumeException e) {
        String what = "the volume cannot be used";
        return switch (e.kind()) {
            case BAD_URL, BAD_FORMAT ->
                failure(ExitCode.USAGE, "BAD_URL", what, e.getMessage(), Volume.URL_FORMS + " as META_URL");
            case NO_VOLUME ->
                failure(
                        ExitCode.NOT_FOUND,
                        "NO_VOLUME",
                        what,
                        e.getMessage(),
                        "cachectl volume create NAME --meta META_URL --storage STORE");
            case EXISTS ->
                failure(ExitCode.CONFLICT, "EXISTS", what, e.getMessage(), "cachectl volume describe META_URL");
            case HELD -> failure(ExitCode.CONFLICT, "VOLUME_HELD", what, e.getMessage(), "cachectl status");
            case REFUSED ->
                failure(
                        ExitCode.CONFLICT,
                        "REFUSED",
                        what,
                        e.getMessage(),
                        "a newer version of BlockRing, or JuiceFS itself");
            case READ_ONLY ->
                failure(
                        ExitCode.CONFLICT,
                        "READ_ONLY",
                        what,
                        e.getMessage(),
                        "cachectl mount --read-only META_URL DIRECTORY");
            case NO_KEYS ->
                failure(
                        ExitCode.NO_PERMISSION,
                        "NO_KEYS",
                        what,
                        e.getMessage(),
                        "export BLOCKRING_ACCESS_KEY=... BLOCKRING_SECRET_KEY=...   or: --credentials FILE");
            case UNREACHABLE ->
                failure(
                        ExitCode.UNREACHABLE,
                        "UNREACHABLE",
                        what,
                        e.getMessage(),
                        "check that the server of META_URL runs, and the user in it and META_PASSWORD");
            case ENGINE ->
                failure(ExitCode.UNEXPECTED, "ENGINE", what, e.getMessage(), "check the disk of the metadata");
        };
    }

    private static CommandFailure ofKey(VolumeKeyException e) {
        String what = "the volume's encryption key cannot be used";
        return switch (e.kind()) {
            case NO_PASSPHRASE, WRONG_PASSPHRASE ->
                failure(
                        ExitCode.NO_PERMISSION,
                        e.kind().name(),
                        what,
                        e.getMessage(),
                        "export BLOCKRING_RSA_PASSPHRASE=...   with the passphrase of the key");
            case UNUSABLE ->
                failure(
                        ExitCode.USAGE,
                        "UNUSABLE_KEY",
                        what,
                        e.getMessage(),
                        "openssl genrsa -aes256 -out key.pem 4096   makes one");
        };
    }

    private static CommandFailure ofFile(FileError e) {
        ExitCode exitCode = switch (e.kind()) {
            case NOT_FOUND, NO_SUCH_ATTRIBUTE -> ExitCode.NOT_FOUND;
            case EXISTS, NOT_EMPTY, BUSY -> ExitCode.CONFLICT;
            case NOT_PERMITTED, NO_ACCESS, READ_ONLY -> ExitCode.NO_PERMISSION;
            case NO_SPACE, OVER_QUOTA, TOO_LARGE, TOO_MANY_LINKS -> ExitCode.NO_ROOM;
            case NOT_DIRECTORY,
                    IS_DIRECTORY,
                    INVALID,
                    NAME_TOO_LONG,
                    OUT_OF_RANGE,
                    BAD_HANDLE,
                    NOT_SUPPORTED,
                    NO_SUCH_OFFSET -> ExitCode.USAGE;
            case INTERRUPTED -> ExitCode.INTERRUPTED;
            case IO -> ExitCode.UNREACHABLE;
        };
        return failure(exitCode, e.kind().name(), "the file system said no", e.getMessage(), "check the path");
    }

    private static CommandFailure ofCall(StatusRuntimeException e) {
        String why = e.getStatus().getDescription() == null
                ? e.getStatus().getCode().name()
                : e.getStatus().getDescription();
        return switch (e.getStatus().getCode()) {
            case NOT_FOUND ->
                failure(ExitCode.NOT_FOUND, "NOT_FOUND", "there is no such thing there", why, "check the path or name");
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE ->
                failure(ExitCode.USAGE, "REFUSED", "the request was refused", why, "the same command with --help");
            case PERMISSION_DENIED, UNAUTHENTICATED ->
                failure(
                        ExitCode.NO_PERMISSION,
                        "DENIED",
                        "the request was refused",
                        why,
                        "run it as the user who mounted");
            case UNAVAILABLE, DEADLINE_EXCEEDED ->
                failure(
                        ExitCode.UNREACHABLE,
                        "UNREACHABLE",
                        "a process of BlockRing does not answer",
                        why,
                        "cachectl status   or: cachectl group status --seeds HOST:PORT");
            default ->
                failure(
                        ExitCode.UNEXPECTED,
                        "CALL_FAILED",
                        "a call to another process failed",
                        why,
                        "the same command with -v");
        };
    }

    private static CommandFailure ofInputOutput(IOException e) {
        String why = String.valueOf(e.getMessage());
        return switch (e) {
            case NoSuchFileException _ ->
                failure(ExitCode.NOT_FOUND, "NO_FILE", "a file or directory is missing", why, "check the path");
            case AccessDeniedException _ ->
                failure(ExitCode.NO_PERMISSION, "NO_ACCESS", "a file may not be used", why, "check its owner and mode");
            case NotDirectoryException _ ->
                failure(ExitCode.USAGE, "NOT_A_DIRECTORY", "a directory was expected", why, "name a directory");
            case FileAlreadyExistsException _ ->
                failure(
                        ExitCode.USAGE,
                        "NOT_A_DIRECTORY",
                        "a file is where a directory was expected",
                        why,
                        "name a directory");
            default ->
                isAddressInUse(e)
                        ? failure(
                                ExitCode.CONFLICT,
                                "PORT_TAKEN",
                                "a port is taken",
                                why,
                                "another --listen HOST:PORT, or end its owner (ss -ltnp)")
                        : failure(
                                ExitCode.UNEXPECTED,
                                "INPUT_OUTPUT",
                                "reading or writing failed",
                                why.length() < 6 ? e.toString() : why,
                                "the same command with -v");
        };
    }

    private static boolean isAddressInUse(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.net.BindException
                    || String.valueOf(cause.getMessage()).contains("Address already in use")) {
                return true;
            }
        }
        return false;
    }

    private static CommandFailure failure(
            ExitCode exitCode, String code, String what, @org.jspecify.annotations.Nullable String why, String hint) {
        return new CommandFailure(exitCode, code, what, why == null ? "no reason was given" : why, hint);
    }
}
