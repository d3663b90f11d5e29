package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that ends at any point of its talk with store and tree, and the next one that finds what it left. */
class CrashTest {
    private static final int BLOCK = Volume.BLOCK;
    private static final int OVERWRITTEN_BYTES = 4 * BLOCK;
    private static final Set<String> CHANGES = Set.of("append", "newSliceId", "truncate");

    @TempDir
    Path folder;

    /** Lets so many changes happen; the last one happens and its answer is lost; then nothing works. */
    private static final class Life {
        private final AtomicInteger left;

        Life(int changes) {
            left = new AtomicInteger(changes);
        }

        boolean isOver() {
            return left.get() <= 0;
        }

        /** Whether this change happens. */
        boolean begin() {
            return left.getAndDecrement() > 0;
        }

        void endStore(String key) throws ObjectStoreException {
            if (isOver()) {
                throw new ObjectStoreException(ObjectStoreException.Kind.UNCLEAR, "the end: " + key);
            }
        }

        void endTree(String method) throws FileError {
            if (isOver() && !method.equals("close")) {
                throw new FileError(FileError.Kind.IO, "the end: " + method);
            }
        }
    }

    @Test
    void whatWasSyncedIsThereAndNoRecordMissesABlock() {
        Seeds.forEach(60, random -> crash(random, new Ground.Memory(), 1 + random.nextInt(80)));
    }

    @Test
    void whatWasSyncedIsThereAndNoRecordMissesABlockInRocksDb() {
        Seeds.forEach(
                10,
                random -> crash(
                        random, new RocksGround(Files.createTempDirectory(folder, "meta")), 1 + random.nextInt(80)));
    }

    @Test
    @Tag("long")
    void manyEndsLoseNothingThatWasSynced() {
        Seeds.forEach(3000, random -> crash(random, new Ground.Memory(), 1 + random.nextInt(150)));
    }

    private static void crash(Random random, Ground ground, int changes) throws Exception {
        try (ground) {
            var store = new TroubledStore();
            byte[] old = Volume.bytes(random.nextLong(), OVERWRITTEN_BYTES);
            try (Volume before = Volume.of(ground, store)) {
                before.file("overwritten", old);
                before.file("appended", new byte[0]);
            }
            var history = new History(old);
            var life = new Life(changes);
            var tree = new TroubledTree(ground.open(Volume.blocks(store)));
            tree.before(method -> {
                if (CHANGES.contains(method) ? !life.begin() : life.isOver()) {
                    life.endTree(method);
                }
            });
            tree.after(life::endTree);
            store.beforePut(key -> {
                if (!life.begin()) {
                    throw new ObjectStoreException(ObjectStoreException.Kind.RETRY, "after the end: " + key);
                }
            });
            store.afterPut(life::endStore);
            store.beforeDelete(life::endStore);
            Volume dying = Volume.of(tree.tree(), store);
            history.play(dying, random, life);
            dying.close();
            store.beforePut(TroubledStore.NONE);
            store.afterPut(TroubledStore.NONE);
            store.beforeDelete(TroubledStore.NONE);
            ground.close();
            try (Volume after = Volume.of(ground, store)) {
                Volume.checkBlocks(after.records(), store);
                history.check(after);
            }
        }
    }

    /** What one file was appended and the other overwritten with, and what of it was synced. */
    private static final class History {
        private final List<byte[]> versions = new ArrayList<>();
        private byte[] appended = new byte[0];
        private int synced;

        History(byte[] old) {
            versions.add(old);
        }

        void play(Volume volume, Random random, Life life) {
            try {
                long appender = volume.open("appended", Volume.APPEND).handle();
                long writer = volume.open("overwritten", Volume.READ_WRITE).handle();
                while (!life.isOver()) {
                    switch (random.nextInt(6)) {
                        case 0, 1 ->
                            append(volume, appender, Volume.bytes(random.nextLong(), 1 + random.nextInt(BLOCK)));
                        case 2 -> {
                            volume.files.sync(appender);
                            synced = appended.length;
                        }
                        case 3, 4 -> overwrite(volume, writer, random);
                        default -> {
                            volume.files.sync(writer);
                            versions.subList(0, versions.size() - 1).clear();
                        }
                    }
                }
            } catch (FileError e) {
                assertThat(life.isOver()).as("only the end fails: %s", e).isTrue();
            }
        }

        private void append(Volume volume, long handle, byte[] bytes) throws FileError {
            int old = appended.length;
            appended = Arrays.copyOf(appended, old + bytes.length);
            System.arraycopy(bytes, 0, appended, old, bytes.length);
            volume.write(handle, 0, bytes);
        }

        private void overwrite(Volume volume, long handle, Random random) throws FileError {
            byte[] bytes = Volume.bytes(random.nextLong(), 1 + random.nextInt(BLOCK));
            int offset = random.nextInt(OVERWRITTEN_BYTES - bytes.length);
            byte[] version = versions.getLast().clone();
            System.arraycopy(bytes, 0, version, offset, bytes.length);
            versions.add(version);
            volume.write(handle, offset, bytes);
        }

        void check(Volume volume) throws FileError {
            byte[] found = volume.contentOf("appended");
            assertThat(found.length).isBetween(synced, appended.length);
            assertThat(Arrays.mismatch(found, Arrays.copyOf(appended, found.length)))
                    .isEqualTo(-1);
            byte[] other = volume.contentOf("overwritten");
            assertThat(other).hasSize(OVERWRITTEN_BYTES);
            for (int i = 0; i < other.length; i++) {
                int at = i;
                if (versions.stream().noneMatch(version -> version[at] == other[at])) {
                    throw new AssertionError("byte " + i + " is of no version since the last sync");
                }
            }
        }
    }
}
