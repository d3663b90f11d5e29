package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Caller;
import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.tree.Restoration;
import io.blockring.meta.tree.SettingChange;
import io.blockring.meta.tree.SettingChanges;
import io.blockring.meta.tree.VolumeTree;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that are changed, restored and taken away, on both engines. */
class VolumeLifeTest {
    private static final SliceObjects NO_OBJECTS = (_, _) -> {};
    private static final ChunkRewriter NO_DATA = (_, _) -> {};
    private static final VolumeFormat FORMAT =
            new VolumeFormat("lab", new UUID(1, 2), "file", "/b/", 4 << 20, false, 0, 0, 0);
    private static final SettingChange OTHER_BUCKET =
            new SettingChange(3, null, null, null, null, null, "/c/", null, null, null, null);

    @TempDir
    Path folder;

    @FunctionalInterface
    private interface OnEngine {
        void run(URI url) throws Exception;
    }

    private void onEach(OnEngine test) throws Exception {
        test.run(URI.create("rocksdb://" + folder.resolve("lab")));
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            test.run(server.url(RedisStores.newDatabase()));
        }
    }

    @Test
    void settingsAreChangedBesideSessionsUnlessThoseWouldNotHear() throws Exception {
        onEach(url -> {
            Volume.create(url, FORMAT);
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
                var busy = catchThrowableOfType(
                        FileError.class,
                        () -> SettingChanges.make(volume.engine(), OTHER_BUCKET, false, Instant.now()));
                assertThat(busy.kind()).isEqualTo(FileError.Kind.BUSY);
                SettingChanges.Result changed = SettingChanges.make(volume.engine(), OTHER_BUCKET, true, Instant.now());
                assertThat(changed).isEqualTo(new SettingChanges.Result(List.of("Bucket", "TrashDays"), true, 1));
                tree.heartbeat();
                assertThat(tree.format().trashDays()).isEqualTo(3);
                assertThat(tree.attributes(FileTree.TRASH).mode()).isEqualTo(0555);
            }
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                assertThat(volume.format().bucket()).isEqualTo("/c/");
                assertThat(SettingChanges.make(volume.engine(), OTHER_BUCKET, false, Instant.now())
                                .changed())
                        .isEmpty();
            }
        });
    }

    @Test
    void aRestoredVolumeGivesNoIdAgain() throws Exception {
        onEach(url -> {
            Volume.create(url, FORMAT);
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
                long f = tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0644, 0)
                        .inode();
                tree.append(f, 0, new SliceRecord(0, 70_000, 100, 0, 100), new Timestamp(1, 0));
                var busy = catchThrowableOfType(
                        FileError.class, () -> Restoration.make(volume.engine(), 0, false, Instant.now()));
                assertThat(busy.kind()).isEqualTo(FileError.Kind.BUSY);
            }
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                assertThat(Restoration.make(volume.engine(), 5, false, Instant.now())
                                .nextSlice())
                        .isGreaterThan(70_000 + 1_000_000);
                Restoration.Result far = Restoration.make(volume.engine(), 9_000_000, false, Instant.now());
                assertThat(far.nextSlice()).isGreaterThan(10_000_000);
                assertThat(volume.engine().reads().counter(Counter.NEXT_SLICE)).isEqualTo(far.nextSlice());
                assertThat(volume.mount(NO_OBJECTS, NO_DATA).newSliceId()).isGreaterThan(10_000_000);
            }
        });
    }

    @Test
    void aDestroyedVolumeLeavesNothingAndTakesNothingElse() throws Exception {
        onEach(url -> {
            Volume.create(url, FORMAT);
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
                tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755);
            }
            try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
                volume.destroy();
            }
            assertThat(catchThrowableOfType(VolumeException.class, () -> Volume.open(url, MountOptions.PLAIN))
                            .kind())
                    .isEqualTo(VolumeException.Kind.NO_VOLUME);
            Volume.create(url, FORMAT);
        });
        assertThat(Files.exists(folder)).isTrue();
    }
}
