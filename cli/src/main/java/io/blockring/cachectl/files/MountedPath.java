package io.blockring.cachectl.files;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.mount.MountControlClient;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.mount.RunningMounts.RunningMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A path inside a mount of this machine.
 *
 * @param inVolume the same path from the root of the volume, without a slash in front; empty is the root
 */
public record MountedPath(RunningMount mount, String inVolume) {
    /** Finds the mount around {@code path}; there being none is a CommandFailure NOT_MOUNTED. */
    public static MountedPath of(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        RunningMount mount = new RunningMounts(Places.ofThisUser())
                .around(absolute)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "NOT_MOUNTED",
                        absolute + " is in no mount of BlockRing",
                        "no running mount of this user is at or above it",
                        "cachectl status"));
        return new MountedPath(
                mount, Path.of(mount.mountPoint()).relativize(absolute).toString());
    }

    public byte[] pathBytes() {
        return inVolume.getBytes(StandardCharsets.UTF_8);
    }

    /** A connection to the process behind the mount. */
    public MountControlClient connect() {
        return new MountControlClient(Path.of(mount.socket()));
    }
}
