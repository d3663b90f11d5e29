package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.meta.volume.VolumeHeldException;
import io.blockring.mount.VolumeAccess;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.mount.jobs.RecordJobs;
import java.net.URI;
import java.net.URISyntaxException;

/** The metadata that a command works on, where it needs no object of the volume. */
final class MetaTarget {
    private MetaTarget() {}

    /** The way to the records at {@code meta}: opened here, or asked of the mount that holds them. */
    static JobRunner open(String meta, boolean readOnly) throws VolumeException {
        try {
            return new RecordJobs(Volume.open(uri(meta), MountOptions.PLAIN.withReadOnly(readOnly)));
        } catch (VolumeHeldException e) {
            return VolumeAccess.at(e.controlSocket().orElseThrow(() -> e));
        }
    }

    static URI uri(String meta) {
        try {
            return new URI(meta);
        } catch (URISyntaxException e) {
            throw new CommandFailure(
                            ExitCode.USAGE,
                            "BAD_URL",
                            shown(meta) + " is no URL of metadata",
                            String.valueOf(e.getMessage()),
                            Volume.URL_FORMS + " as META_URL")
                    .causedBy(e);
        }
    }

    /** The URL without what stands before the host, which may be a password. */
    static String shown(String meta) {
        return Volume.shownUrl(meta);
    }
}
