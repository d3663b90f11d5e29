package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.StatusLine;
import io.blockring.cachectl.StoreKeys;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.tree.SettingChanges;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.mount.jobs.VolumeObjects;
import io.blockring.mount.jobs.VolumeStore;
import io.blockring.objectstore.ObjectStore;
import java.io.Console;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume destroy}: takes a volume away, with all of its data. */
@Command(
        name = "destroy",
        description = {
            "Delete a volume: all of its objects, then its metadata. There is no way back.",
            "What else is in the same bucket or database stays."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume describe redis://127.0.0.1:6379/1          shows the UUID",
            "  cachectl volume destroy redis://127.0.0.1:6379/1 9cbf6a2e-0f5c-4c0e-a5f1-5d4c1a1f8c0b --yes"
        })
public final class DestroyCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private StoreKeys keys = new StoreKeys();

    @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
    private String meta = "";

    @Parameters(index = "1", paramLabel = "UUID", description = "Of the volume, so that no other is meant.")
    private UUID uuid = new UUID(0, 0);

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--force",
            description = "Also while sessions use it, or the store does not say that it is this volume's.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
        try (Volume volume = Volume.open(MetaTarget.uri(meta), MountOptions.PLAIN)) {
            VolumeFormat format = volume.format();
            requireMeant(format, SettingChanges.liveSessions(volume.engine(), Instant.now()));
            long objects;
            try (ObjectStore store = VolumeStore.open(volume, keys.find().orElse(null))) {
                var all = new VolumeObjects(store, format.name(), format.uuid());
                if (!force && !all.areOfThisVolume()) {
                    throw refused(
                            "FOREIGN_OBJECTS",
                            "the object juicefs_uuid in the store does not say that these are the objects of this volume",
                            "check the bucket; if it is the right one: --force");
                }
                confirm(format);
                var deleted = new AtomicLong();
                try (StatusLine _ = StatusLine.show(() -> "destroy: " + deleted.get() + " objects")) {
                    objects = all.deleteAll(deleted::set);
                }
            }
            volume.destroy();
            if (common.isJson()) {
                Output.json(Map.of("volume", format.name(), "deletedObjects", objects));
            } else {
                System.out.println("volume " + format.name() + " is gone, with " + objects + " objects");
            }
        }
        return 0;
    }

    private void requireMeant(VolumeFormat format, int sessions) {
        if (!format.uuid().equals(uuid)) {
            throw refused(
                    "OTHER_VOLUME",
                    "the volume there is " + format.name() + " with UUID " + format.uuid(),
                    "cachectl volume describe " + MetaTarget.shown(meta));
        }
        if (sessions > 0 && !force) {
            throw refused(
                    "IN_USE",
                    sessions + " sessions use it",
                    "cachectl volume ls " + MetaTarget.shown(meta) + "   and unmount them; or --force");
        }
    }

    private void confirm(VolumeFormat format) {
        if (yes) {
            return;
        }
        Console console = terminal();
        if (console == null) {
            throw refused("NOT_CONFIRMED", "nobody is there to ask", "the same with --yes");
        }
        String answer = console.readLine(
                "All data of volume %s in %s will be gone. Type its name to go on: ", format.name(), format.bucket());
        if (!format.name().equals(answer)) {
            throw refused("NOT_CONFIRMED", "its name was not typed", "the same again");
        }
    }

    /** Who can be asked; null where nobody can. */
    private static @Nullable Console terminal() {
        Console console = System.console();
        return isTerminal(console) ? console : null;
    }

    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }

    private CommandFailure refused(String code, String why, String hint) {
        return new CommandFailure(
                ExitCode.CONFLICT, code, "the volume in " + MetaTarget.shown(meta) + " was not destroyed", why, hint);
    }
}
