package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on a file system and on arrays of bytes. */
class FileSystemModelTest {
    private static final int BLOCK = Volume.BLOCK;

    /** A file as it should be: zeros up to {@code start}, then {@code bytes}. */
    private static final class Model {
        final long start;
        byte[] bytes = new byte[0];
        long length;
        String name;
        boolean unlinked;
        final List<Long> handles = new ArrayList<>();
        final List<Long> appenders = new ArrayList<>();

        Model(long start, String name) {
            this.start = start;
            this.name = name;
        }

        void resize(long newLength) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(0, newLength - start));
            length = newLength;
        }

        void write(long offset, byte[] from) {
            if (offset + from.length > length) {
                resize(offset + from.length);
            }
            System.arraycopy(from, 0, bytes, (int) (offset - start), from.length);
        }

        /** Makes bytes from {@code from} to {@code to} zeros, as far as the file goes. */
        void clear(long from, long to) {
            int first = Math.clamp(from - start, 0, bytes.length);
            int last = Math.clamp(to - start, 0, bytes.length);
            Arrays.fill(bytes, first, Math.max(first, last), (byte) 0);
        }

        byte[] read(long offset, int count) {
            int most = (int) Math.max(0, Math.min(count, length - offset));
            byte[] read = new byte[most];
            for (int i = 0; i < most; i++) {
                long at = offset + i - start;
                read[i] = at < 0 || at >= bytes.length ? 0 : bytes[(int) at];
            }
            return read;
        }
    }

    private static final class Run {
        final Random random;
        final Ground ground;
        final TroubledStore store = new TroubledStore();
        final List<Model> models = new ArrayList<>();
        Volume volume;
        int named;

        Run(Random random, Ground ground) {
            this.random = random;
            this.ground = ground;
            volume = Volume.of(ground, store);
            store.beforePut(_ -> pause());
            store.beforeGet(_ -> pause());
        }

        private static void pause() {
            long nanos = System.nanoTime() % 200_000;
            if (nanos > 100_000) {
                LockSupport.parkNanos(nanos);
            }
        }

        void step() throws FileError {
            if (models.isEmpty() || (models.size() < 4 && random.nextInt(10) == 0)) {
                create();
                return;
            }
            Model model = models.get(random.nextInt(models.size()));
            if (model.handles.isEmpty()) {
                open(model);
            }
            long handle = model.handles.get(random.nextInt(model.handles.size()));
            switch (random.nextInt(26)) {
                case 0, 1, 2, 3, 4 -> write(model, handle);
                case 5, 6 -> writeOn(model, handle);
                case 7 -> append(model);
                case 8, 9, 10, 11, 12 -> read(model, handle);
                case 13 -> truncate(model);
                case 14 -> volume.files.flush(handle);
                case 15 -> volume.files.sync(handle);
                case 16 -> release(model, handle);
                case 17 -> open(model);
                case 18 -> rename(model);
                case 19 -> unlink(model);
                case 20 -> seek(model, handle);
                case 21 -> allocate(model, handle);
                case 22 -> attributes(model);
                case 23 -> zero(model, handle);
                case 24 -> copy(model, handle);
                default -> {
                    if (random.nextInt(6) == 0) {
                        reopen();
                    }
                }
            }
        }

        private void create() throws FileError {
            long[] starts = {0, 0, FileTree.CHUNK_BYTES - 3L * BLOCK, 5L * FileTree.CHUNK_BYTES - BLOCK / 2};
            var model = new Model(starts[random.nextInt(starts.length)], "f" + ++named);
            model.handles.add(volume.create(model.name).handle());
            models.add(model);
        }

        private void open(Model model) throws FileError {
            if (!model.unlinked) {
                FileSystem.Opened opened = volume.open(model.name, Volume.READ_WRITE);
                assertThat(opened.attr().length()).isEqualTo(model.length);
                model.handles.add(opened.handle());
            }
        }

        private byte[] someBytes(int most) {
            byte[] bytes = new byte[1 + random.nextInt(most)];
            random.nextBytes(bytes);
            return bytes;
        }

        private void write(Model model, long handle) throws FileError {
            long offset = model.start + random.nextInt(4 * BLOCK);
            byte[] bytes = someBytes(random.nextInt(4) == 0 ? 3 * BLOCK : 5000);
            volume.write(handle, offset, bytes);
            model.write(offset, bytes);
        }

        private void writeOn(Model model, long handle) throws FileError {
            long offset = Math.max(model.start, model.length);
            if (offset < model.start + 12L * BLOCK) {
                byte[] bytes = someBytes(BLOCK);
                volume.write(handle, offset, bytes);
                model.write(offset, bytes);
            }
        }

        private void append(Model model) throws FileError {
            if (model.appenders.isEmpty()) {
                if (model.unlinked) {
                    return;
                }
                model.appenders.add(volume.open(model.name, Volume.APPEND).handle());
            }
            if (model.length >= model.start && model.length < model.start + 12L * BLOCK) {
                byte[] bytes = someBytes(9000);
                volume.write(model.appenders.getFirst(), random.nextInt(100), bytes);
                model.write(model.length, bytes);
            }
        }

        private void read(Model model, long handle) throws FileError {
            long offset = Math.max(0, model.start - BLOCK) + random.nextInt(8 * BLOCK);
            int count = 1 + random.nextInt(random.nextBoolean() ? 5000 : 5 * BLOCK);
            check(model.read(offset, count), volume.read(handle, offset, count));
        }

        private void truncate(Model model) throws FileError {
            long length = random.nextInt(4) == 0 ? 0 : model.start + random.nextInt(6 * BLOCK);
            long inode = inode(model);
            if (inode > 0) {
                assertThat(volume.files.truncate(Caller.ROOT, inode, length).length())
                        .isEqualTo(length);
                model.resize(length);
            }
        }

        private long inode(Model model) throws FileError {
            return model.unlinked ? 0 : volume.inode(model.name);
        }

        private void release(Model model, long handle) throws FileError {
            volume.files.flush(handle);
            volume.files.release(handle);
            model.handles.remove(handle);
            if (model.unlinked && model.handles.isEmpty()) {
                releaseAll(model);
                models.remove(model);
            }
        }

        private void releaseAll(Model model) {
            model.handles.forEach(volume.files::release);
            model.appenders.forEach(volume.files::release);
            model.handles.clear();
            model.appenders.clear();
        }

        private void rename(Model model) throws FileError {
            if (!model.unlinked) {
                String newName = "f" + ++named;
                volume.files.rename(
                        Caller.ROOT,
                        FileTree.ROOT,
                        Volume.name(model.name),
                        FileTree.ROOT,
                        Volume.name(newName),
                        RenameMode.REPLACE);
                model.name = newName;
            }
        }

        private void unlink(Model model) throws FileError {
            if (!model.unlinked && random.nextBoolean()) {
                volume.files.unlink(Caller.ROOT, FileTree.ROOT, Volume.name(model.name));
                model.unlinked = true;
            }
        }

        private void seek(Model model, long handle) throws FileError {
            long from = model.start + random.nextInt(4 * BLOCK);
            boolean forData = random.nextBoolean();
            long found;
            try {
                found = volume.files.seek(handle, from, forData);
            } catch (FileError e) {
                assertThat(e.kind()).isEqualTo(FileError.Kind.NO_SUCH_OFFSET);
                found = model.length;
                if (!forData) {
                    assertThat(from).isGreaterThanOrEqualTo(model.length);
                }
            }
            if (forData && found > from) {
                check(new byte[(int) (found - from)], model.read(from, (int) (found - from)));
            }
            if (!forData && found < model.length) {
                check(new byte[1], model.read(found, 1));
            }
        }

        private void allocate(Model model, long handle) throws FileError {
            long end = model.start + 1 + random.nextInt(6 * BLOCK);
            volume.files.allocate(handle, end - 1, 1);
            if (end > model.length) {
                model.resize(end);
            }
        }

        private void zero(Model model, long handle) throws FileError {
            long from = model.start + random.nextInt(6 * BLOCK);
            int count = 1 + random.nextInt(random.nextBoolean() ? 5000 : 3 * BLOCK);
            boolean keepSize = random.nextBoolean();
            volume.files.zeroRange(handle, from, count, keepSize);
            if (!keepSize && from + count > model.length) {
                model.resize(from + count);
            }
            model.clear(from, from + count);
        }

        private void copy(Model target, long handle) throws FileError {
            Model source = models.get(random.nextInt(models.size()));
            if (source.handles.isEmpty()) {
                return;
            }
            long from = source.start + random.nextInt(6 * BLOCK);
            long to = target.start + random.nextInt(6 * BLOCK);
            int count = 1 + random.nextInt(random.nextBoolean() ? 5000 : 3 * BLOCK);
            byte[] bytes = source.read(from, count);
            try {
                assertThat(volume.files.copyRange(source.handles.getFirst(), from, handle, to, count))
                        .isEqualTo(bytes.length);
            } catch (FileError e) {
                assertThat(e.kind()).isEqualTo(FileError.Kind.INVALID);
                assertThat(source).isSameAs(target);
                assertThat(Math.abs(from - to)).isLessThan(bytes.length);
                return;
            }
            if (bytes.length > 0) {
                target.write(to, bytes);
            }
        }

        private void attributes(Model model) throws FileError {
            long inode = inode(model);
            if (inode > 0) {
                assertThat(volume.files.attributes(inode).length()).isEqualTo(model.length);
            }
        }

        /** A second file system sees what the first one wrote. */
        private void reopen() throws FileError {
            models.removeIf(model -> {
                if (model.unlinked) {
                    releaseAll(model);
                }
                return model.unlinked;
            });
            if (random.nextBoolean()) {
                models.forEach(this::releaseAll);
            }
            volume.close();
            volume = Volume.of(ground, store);
            for (Model model : models) {
                model.handles.clear();
                model.appenders.clear();
                checkAll(model);
            }
        }

        private void checkAll(Model model) throws FileError {
            FileSystem.Opened opened = volume.open(model.name, Volume.READ);
            assertThat(opened.attr().length()).isEqualTo(model.length);
            long from = Math.max(0, model.start - 100);
            int count = (int) Math.max(0, model.length - from);
            check(model.read(from, count), volume.read(opened.handle(), from, count));
            volume.files.release(opened.handle());
        }

        private static void check(byte[] expected, byte[] found) {
            assertThat(found).hasSameSizeAs(expected);
            assertThat(Arrays.mismatch(expected, found))
                    .as("first byte that differs")
                    .isEqualTo(-1);
        }
    }

    @TempDir
    Path folder;

    @Test
    void filesHoldWhatArraysOfBytesHold() {
        Seeds.forEach(30, random -> run(random, new Ground.Memory(), 150));
    }

    @Test
    void filesInRocksDbHoldWhatArraysOfBytesHold() {
        Seeds.forEach(8, random -> {
            run(random, new RocksGround(Files.createTempDirectory(folder, "meta")), 200);
        });
    }

    @Test
    @Tag("long")
    void manyFilesHoldWhatArraysOfBytesHold() {
        Seeds.forEach(2000, random -> run(random, new Ground.Memory(), 300));
    }

    private static void run(Random random, Ground ground, int steps) throws Exception {
        try (ground) {
            var run = new Run(random, ground);
            for (int i = 0; i < steps; i++) {
                run.step();
            }
            run.reopen();
            List<SliceRecord> records = run.volume.records();
            Volume.checkBlocks(records, run.store);
            if (ground instanceof RocksGround) {
                // The tree deletes what no file has any more.
                Volume.await(
                        "no other blocks are left",
                        () -> Volume.keysIn(run.store).equals(Volume.keysOf(records)));
            }
            run.volume.close();
        }
    }
}
