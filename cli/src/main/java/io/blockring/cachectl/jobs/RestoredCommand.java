package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.StatusLine;
import io.blockring.cachectl.StoreKeys;
import io.blockring.meta.FileError;
import io.blockring.meta.tree.Restoration;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.mount.jobs.VolumeObjects;
import io.blockring.mount.jobs.VolumeStore;
import io.blockring.objectstore.ObjectStore;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume restored}: makes metadata safe to use that come from a backup. */
@Command(
        name = "restored",
        description = {
            "After metadata came back from a backup: never give again an id that was given since it was made.",
            "Looks at all records and all objects, raises the counters beyond them, and ends the sessions of the past."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume restored redis://127.0.0.1:6379/1",
            "",
            "Where a cache group knows the volume, its nodes may hold blocks of ids that come back only if such ids were",
            "deleted from the store too; this command skips a million ids beyond the highest it can see."
        })
public final class RestoredCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private StoreKeys keys = new StoreKeys();

    @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
    private String meta = "";

    @Option(names = "--force", description = "Also while sessions use the volume.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
        Restoration.Result result;
        try (Volume volume = Volume.open(MetaTarget.uri(meta), MountOptions.PLAIN)) {
            long highest;
            var listed = new AtomicLong();
            try (ObjectStore store = VolumeStore.open(volume, keys.find().orElse(null));
                    StatusLine _ = StatusLine.show(() -> "restored: " + listed.get() + " objects")) {
                var format = volume.format();
                highest = new VolumeObjects(store, format.name(), format.uuid())
                        .highestSlice(format.hashPrefix(), listed::set);
            }
            result = Restoration.make(volume.engine(), highest, force, Instant.now());
        } catch (FileError e) {
            if (e.kind() != FileError.Kind.BUSY) {
                throw e;
            }
            throw new CommandFailure(
                            ExitCode.CONFLICT,
                            "IN_USE",
                            "the volume in " + MetaTarget.shown(meta) + " was not changed",
                            String.valueOf(e.getMessage()),
                            "unmount them, or wait a minute if they are of the past; or --force")
                    .causedBy(e);
        }
        if (common.isJson()) {
            Output.json(Map.of(
                    "nextInode", result.nextInode(),
                    "nextSlice", result.nextSlice(),
                    "endedSessions", result.sessions()));
        } else {
            System.out.println("inodes go on at %d and slices at %d; %d sessions of the past are ended"
                    .formatted(result.nextInode(), result.nextSlice(), result.sessions()));
        }
        return 0;
    }
}
