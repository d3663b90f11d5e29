package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.StoreKeys;
import io.blockring.cachectl.files.MountedPath;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.mount.VolumeAccess;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.codec.Passphrase;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a command works on: a path inside a mount, or a volume by the URL of its metadata and a path in it. */
final class JobTarget {
    @Mixin
    private StoreKeys keys = new StoreKeys();

    @Parameters(
            index = "0",
            paramLabel = "TARGET",
            description = "A path inside a mount, or META_URL of a volume (then see --path).")
    private String target = "";

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "/",
            description = "With META_URL: a path from the root of the volume (default: /).")
    private String path = "/";

    /** What the user typed, for messages. */
    String shown() {
        return isUrl(target) ? path + " of " + Volume.shownUrl(target) : target;
    }

    private static boolean isUrl(String target) {
        return target.contains("://");
    }

    /** The path from the root of the volume, as bytes. */
    byte[] pathInVolume() throws IOException {
        return isUrl(target)
                ? path.getBytes(StandardCharsets.UTF_8)
                : MountedPath.of(Path.of(target)).pathBytes();
    }

    /**
     * Another path of the same volume, as bytes from its root; one that ends with a slash is a directory that gets the
     * last name of {@code source}.
     */
    byte[] other(String typed, byte[] source) throws IOException {
        String inVolume;
        if (isUrl(target)) {
            inVolume = typed;
        } else {
            MountedPath mounted = MountedPath.of(Path.of(typed));
            String own = MountedPath.of(Path.of(target)).mount().mountPoint();
            if (!mounted.mount().mountPoint().equals(own)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "OTHER_MOUNT",
                        typed + " is not in the mount of " + target,
                        "one is in " + mounted.mount().mountPoint() + " and the other in " + own,
                        "a path below " + own);
            }
            inVolume = mounted.inVolume();
        }
        if (!typed.endsWith("/")) {
            return inVolume.getBytes(StandardCharsets.UTF_8);
        }
        String from = new String(source, StandardCharsets.UTF_8).replaceAll("/+$", "");
        return (inVolume + "/" + from.substring(from.lastIndexOf('/') + 1)).getBytes(StandardCharsets.UTF_8);
    }

    /** Opens the way to the volume; {@code readOnly} for work that changes nothing. */
    JobRunner open(boolean readOnly) throws IOException, VolumeException {
        if (!isUrl(target)) {
            return VolumeAccess.at(
                    Path.of(MountedPath.of(Path.of(target)).mount().socket()));
        }
        try {
            return VolumeAccess.of(
                    new URI(target), keys.find().orElse(null), Passphrase.ofEnvironment(System.getenv()), readOnly);
        } catch (URISyntaxException e) {
            throw new CommandFailure(
                            ExitCode.USAGE,
                            "BAD_URL",
                            target + " is no URL of metadata",
                            String.valueOf(e.getMessage()),
                            Volume.URL_FORMS + " as META_URL")
                    .causedBy(e);
        }
    }
}
