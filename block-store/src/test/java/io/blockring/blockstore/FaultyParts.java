package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Real files and a real index, or one in memory, whose writes fail when a test says so. */
final class FaultyParts {
    private static final int NEVER = Integer.MAX_VALUE;

    private final SegmentFiles files = new LinuxFiles();
    private int writesLeft = NEVER;
    private boolean staysBroken;
    private boolean broken;
    private int fullDiskAnswers;
    private boolean canPunch = true;
    private boolean punchIsALie;
    private boolean indexInMemory;
    private Duration loadingPatience = Duration.ofMinutes(1);
    private volatile @Nullable RowGate rowGate;
    private FileSystemSpace.@Nullable Probe space;
    private InstantSource clock = InstantSource.system();
    private final Map<Path, MemoryBlockIndex> indexes = new HashMap<>();

    /** Lets {@code writes} more changes of disk and index succeed, then none: as if the process had ended there. */
    void crashAfter(int writes) {
        writesLeft = writes;
        staysBroken = true;
    }

    /** Lets {@code writes} more changes succeed and the one after that fail. */
    void failOnceAfter(int writes) {
        writesLeft = writes;
        staysBroken = false;
    }

    void heal() {
        writesLeft = NEVER;
    }

    void answerFullDisk(int times) {
        fullDiskAnswers = times;
    }

    FaultyParts withIndexInMemory() {
        indexInMemory = true;
        return this;
    }

    /** A file system without holes. */
    FaultyParts withoutPunch() {
        canPunch = false;
        return this;
    }

    /** Files whose slots are used again without a hole in between: what must never be. */
    FaultyParts withPunchThatDoesNothing() {
        punchIsALie = true;
        return this;
    }

    /** Opens stores whose index is loaded up to a row, and no further before the gate is opened. */
    FaultyParts withRowGate(RowGate gate) {
        rowGate = gate;
        loadingPatience = Duration.ZERO;
        return this;
    }

    /** A file system as full as the test wants it; blocks are evicted ahead of fills. */
    FaultyParts withSpace(FileSystemSpace.Probe probe) {
        space = probe;
        return this;
    }

    FaultyParts withClock(InstantSource newClock) {
        clock = newClock;
        return this;
    }

    boolean canReuse() {
        return canPunch;
    }

    boolean hasFailed() {
        return broken;
    }

    boolean hasRecovered() {
        return broken && !staysBroken;
    }

    StoreParts parts() {
        return new StoreParts(
                new Files(),
                (folder, bytes) -> new Index(openIndex(folder, bytes)),
                space == null ? new LinuxFileSystem() : space,
                clock,
                space != null,
                loadingPatience,
                Runnable::run);
    }

    private BlockIndex openIndex(Path folder, long bytes) throws IOException {
        return indexInMemory
                ? indexes.computeIfAbsent(folder, _ -> new MemoryBlockIndex()).reopen()
                : RocksBlockIndex.open(folder, bytes);
    }

    /** Lets some rows of an index pass, and the others when it is opened. */
    static final class RowGate {
        private static final Duration PATIENCE = Duration.ofSeconds(30);

        private final AtomicInteger rowsLeft;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);

        RowGate(int rows) {
            rowsLeft = new AtomicInteger(rows);
        }

        void awaitReached() throws InterruptedException {
            assertThat(reached.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }

        void open() {
            opened.countDown();
        }

        private void pass() throws IOException {
            if (rowsLeft.getAndDecrement() > 0) {
                return;
            }
            reached.countDown();
            try {
                if (!opened.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException("the gate was not opened");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private boolean fails() {
        if (writesLeft == NEVER || (broken && !staysBroken)) {
            return false;
        }
        if (writesLeft > 0) {
            writesLeft--;
            return false;
        }
        broken = true;
        return true;
    }

    private void change(String what) throws IOException {
        if (fails()) {
            throw new IOException(what + " fails, as the test wants it");
        }
    }

    private final class Files implements SegmentFiles {
        @Override
        public SegmentFile create(Path path) throws IOException {
            change("create");
            return new File(files.create(path));
        }

        @Override
        public SegmentFile open(Path path) throws IOException {
            return new File(files.open(path));
        }

        @Override
        public void delete(Path path) throws IOException {
            change("delete");
            files.delete(path);
        }
    }

    private final class File implements SegmentFile {
        private final SegmentFile real;

        File(SegmentFile real) {
            this.real = real;
        }

        @Override
        public void allocate(long offset, long bytes) throws IOException {
            change("allocate");
            if (fullDiskAnswers > 0) {
                fullDiskAnswers--;
                throw new OutOfSpaceException("the disk is full, as the test wants it");
            }
            real.allocate(offset, bytes);
        }

        @Override
        public void write(MemorySegment bytes, long offset) throws IOException {
            if (fails()) {
                real.write(bytes.asSlice(0, bytes.byteSize() / 2), offset);
                throw new IOException("a write stops half way, as the test wants it");
            }
            real.write(bytes, offset);
        }

        @Override
        public long read(MemorySegment into, long offset) throws IOException {
            return real.read(into, offset);
        }

        @Override
        public long readFromDevice(MemorySegment into, long offset) throws IOException {
            return real.readFromDevice(into, offset);
        }

        @Override
        public boolean punch(long offset, long bytes) throws IOException {
            change("punch");
            return canPunch && (punchIsALie || real.punch(offset, bytes));
        }

        @Override
        public FileChannel channel() throws IOException {
            return real.channel();
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }

    private final class Index implements BlockIndex {
        private final BlockIndex real;

        Index(BlockIndex real) {
            this.real = real;
        }

        @Override
        public void putSegment(SegmentRow row) throws IOException {
            change("putSegment");
            real.putSegment(row);
        }

        @Override
        public void deleteSegment(int number) throws IOException {
            change("deleteSegment");
            real.deleteSegment(number);
        }

        @Override
        public void putBlock(BlockRow row, byte @Nullable [] bytes) throws IOException {
            change("putBlock");
            real.putBlock(row, bytes);
        }

        @Override
        public void deleteBlocks(List<Removal> removals) throws IOException {
            change("deleteBlocks");
            real.deleteBlocks(removals);
        }

        @Override
        public byte @Nullable [] bytes(Fingerprint block) throws IOException {
            return real.bytes(block);
        }

        @Override
        public void forEachSegment(RowVisitor<SegmentRow> visitor) throws IOException {
            real.forEachSegment(visitor);
        }

        @Override
        public void forEachBlock(RowVisitor<BlockRow> visitor) throws IOException {
            RowGate gate = rowGate;
            real.forEachBlock(row -> {
                if (gate != null) {
                    gate.pass();
                }
                visitor.visit(row);
            });
        }

        @Override
        public int run() {
            return real.run();
        }

        @Override
        public @Nullable Long place(Fingerprint block) throws IOException {
            return real.place(block);
        }

        @Override
        public long blocks() throws IOException {
            return real.blocks();
        }

        @Override
        public int suspectRun() {
            return real.suspectRun();
        }

        @Override
        public boolean wasClosedCleanly() {
            return real.wasClosedCleanly();
        }

        @Override
        public void markClean() throws IOException {
            change("markClean");
            real.markClean();
        }

        @Override
        public long fileBytes() throws IOException {
            return real.fileBytes();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
