package io.blockring.meta.volume;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Another process has the metadata open; where it has a control socket, the volume is reached through that. */
public final class VolumeHeldException extends VolumeException {
    private static final long serialVersionUID = 1;

    private final long pid;
    private final @Nullable String controlSocket;

    VolumeHeldException(Path folder, VolumeLock.Holder holder) {
        super(Kind.HELD, "the metadata in %s are held by %s".formatted(folder, holder.forPeople()));
        this.pid = holder.pid();
        this.controlSocket = holder.controlSocket();
    }

    /** The process that holds them; 0 when it has not said so yet. */
    public long pid() {
        return pid;
    }

    public Optional<Path> controlSocket() {
        return Optional.ofNullable(controlSocket).map(Path::of);
    }
}
