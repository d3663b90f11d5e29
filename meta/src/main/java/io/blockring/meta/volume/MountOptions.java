package io.blockring.meta.volume;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a volume is opened.
 *
 * @param readOnly nothing is written to the metadata
 * @param mountPoint what the session is called for others, empty when it has no mount point
 * @param controlSocket where this process can be asked while it holds the volume; null for nowhere
 * @param beats whether a thread says that the session lives; else the owner calls {@code heartbeat} itself
 */
public record MountOptions(
        boolean readOnly, String mountPoint, @Nullable Path controlSocket, boolean beats) {
    /** For tools and tests: to be written, without mount point or socket, with a thread for the heartbeat. */
    public static final MountOptions PLAIN = new MountOptions(false, "", null, true);

    public MountOptions withReadOnly(boolean value) {
        return new MountOptions(value, mountPoint, controlSocket, beats);
    }
}
