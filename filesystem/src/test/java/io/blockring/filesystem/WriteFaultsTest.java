package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.objectstore.ObjectStoreException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;

class WriteFaultsTest {
    private static final int BLOCK = Volume.BLOCK;

    private final MemoryTree memory = new MemoryTree();
    private final TroubledTree tree = new TroubledTree(memory);
    private final TroubledStore store = new TroubledStore();

    private static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
            FileError.Kind kind, ThrowableAssert.ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private Volume volume() {
        return Volume.of(tree.tree(), store);
    }

    private Volume hastyVolume() {
        var limits = new FileSystemLimits(8L * BLOCK, 8L * BLOCK, 2, 2, Duration.ofMillis(300));
        return new Volume(tree.tree(), store, limits, Clocks.SYSTEM);
    }

    @Test
    void aFailedUploadIsReportedOnceToEachHandleThatWrote() throws Exception {
        try (Volume volume = volume()) {
            long one = volume.create("file").handle();
            long two = volume.open("file", Volume.READ_WRITE).handle();
            long reader = volume.open("file", Volume.READ).handle();
            long silent = volume.open("file", Volume.READ_WRITE).handle();
            store.beforePut(TroubledStore.failing(ObjectStoreException.Kind.DENIED));
            volume.write(one, 0, Volume.bytes(1, 100));
            volume.write(two, 100, Volume.bytes(2, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(one));
            assertFails(FileError.Kind.IO, () -> volume.files.sync(two));
            volume.files.flush(one);
            volume.files.sync(two);
            volume.files.sync(reader);
            volume.files.flush(silent);
        }
        assertThat(memory.allRecords()).isEmpty();
        assertThat(store.list("vol/", null, 10)).isEmpty();
    }

    @Test
    void laterWritesGoOnAfterALoss() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            store.beforePut(TroubledStore.failing(ObjectStoreException.Kind.RETRY));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
            store.beforePut(TroubledStore.NONE);
            volume.write(handle, 50, Volume.bytes(2, 100));
            volume.files.flush(handle);
            byte[] expected = new byte[150];
            System.arraycopy(Volume.bytes(2, 100), 0, expected, 50, 100);
            assertThat(volume.read(handle, 0, 1000)).isEqualTo(expected);
        }
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void aPutThatHappenedAndWhoseAnswerWasLostIsCommitted() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            store.afterPut(TroubledStore.failing(ObjectStoreException.Kind.UNCLEAR));
            volume.write(handle, 0, Volume.bytes(1, 3 * BLOCK + 1));
            volume.files.flush(handle);
            assertThat(volume.read(handle, 0, 4 * BLOCK)).isEqualTo(Volume.bytes(1, 3 * BLOCK + 1));
        }
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void aPutOfUnknownOutcomeIsNeverCommittedAndIsTakenBack() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            store.beforePut(TroubledStore.failing(ObjectStoreException.Kind.UNCLEAR));
            volume.write(handle, 0, Volume.bytes(1, 3 * BLOCK + 1));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
        }
        assertThat(memory.allRecords()).isEmpty();
        assertThat(store.list("vol/", null, 10)).isEmpty();
    }

    @Test
    void oneBlockThatFailsLosesTheSliceWithAllItsBlocks() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            store.beforePut(key -> {
                if (key.contains("_2_")) {
                    throw new ObjectStoreException(ObjectStoreException.Kind.INVALID, "not this one");
                }
            });
            volume.write(handle, 0, Volume.bytes(1, 2 * BLOCK));
            volume.write(handle, 2 * BLOCK, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
        }
        assertThat(memory.allRecords()).isEmpty();
        assertThat(store.list("vol/", null, 10)).isEmpty();
    }

    @Test
    void garbageThatCannotBeDeletedIsNoFurtherFailure() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            store.afterPut(TroubledStore.failing(ObjectStoreException.Kind.DENIED));
            store.beforeDelete(TroubledStore.failing(ObjectStoreException.Kind.RETRY));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
            volume.files.flush(handle);
        }
        assertThat(memory.allRecords()).isEmpty();
    }

    @Test
    void withoutASliceIdTheDataIsLostAndReported() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            tree.before(TroubledTree.failingAt("newSliceId", FileError.Kind.IO));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
            assertThat(volume.files.attributes(volume.inode("file")).length()).isZero();
        }
    }

    @Test
    void aCommitThatHappenedAndSaidNothingIsNotRepeated() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            tree.after(TroubledTree.failingOnceAt("append", FileError.Kind.IO));
            volume.write(handle, 0, Volume.bytes(1, 100));
            volume.files.flush(handle);
            assertThat(volume.read(handle, 0, 200)).isEqualTo(Volume.bytes(1, 100));
        }
        assertThat(memory.allRecords()).hasSize(1);
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void aCommitThatDidNotHappenIsTriedAgain() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            tree.before(TroubledTree.failingOnceAt("append", FileError.Kind.IO));
            volume.write(handle, 0, Volume.bytes(1, 100));
            volume.files.flush(handle);
        }
        assertThat(memory.allRecords()).hasSize(1);
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void blocksOfACommitOfUnknownOutcomeStay() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            tree.after(TroubledTree.failingAt("append", FileError.Kind.IO));
            tree.before(TroubledTree.failingAt("slices", FileError.Kind.IO));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
            tree.after(TroubledTree.NONE);
            tree.before(TroubledTree.NONE);
        }
        assertThat(memory.allRecords()).hasSize(1);
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void aFullVolumeIsReportedAsSuchAndLeavesNoBlocks() throws Exception {
        try (Volume volume = volume()) {
            long handle = volume.create("file").handle();
            tree.before(TroubledTree.failingAt("append", FileError.Kind.NO_SPACE));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.NO_SPACE, () -> volume.files.flush(handle));
        }
        assertThat(store.list("vol/", null, 10)).isEmpty();
    }

    @Test
    void theKernelForgetsWhatWasLost() throws Exception {
        List<String> forgotten = new CopyOnWriteArrayList<>();
        try (Volume volume = volume()) {
            volume.files.tellKernel(new FileSystem.KernelCache() {
                @Override
                public void forgetInode(long inode, long offset, long length) {
                    forgotten.add(inode + " " + offset + " " + length);
                }

                @Override
                public void forgetEntry(long parent, Name name) {}
            });
            FileSystem.Created created = volume.create("file");
            store.beforePut(TroubledStore.failing(ObjectStoreException.Kind.RETRY));
            volume.write(created.handle(), 500, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(created.handle()));
            Volume.await("the kernel is told", () -> !forgotten.isEmpty());
            assertThat(forgotten).containsExactly(created.entry().inode() + " 500 100");
        }
    }

    @Test
    void readsOfAStoreThatIsGoneFail() throws Exception {
        try (Volume volume = volume()) {
            volume.file("file", Volume.bytes(1, 5 * BLOCK));
            store.beforeGet(TroubledStore.failing(ObjectStoreException.Kind.RETRY));
            long handle = volume.open("file", Volume.READ).handle();
            assertFails(FileError.Kind.IO, () -> volume.read(handle, 0, 5 * BLOCK));
            assertFails(FileError.Kind.IO, () -> volume.read(handle, 10, 10));
            store.beforeGet(TroubledStore.NONE);
            assertThat(volume.read(handle, 0, 5 * BLOCK)).isEqualTo(Volume.bytes(1, 5 * BLOCK));
        }
    }

    @Test
    void aFlushEndsAtItsDeadlineAndTheDataIsStillOnItsWay() throws Exception {
        var gate = new CountDownLatch(1);
        try (Volume volume = hastyVolume()) {
            long handle = volume.create("file").handle();
            store.beforePut(_ -> pass(gate));
            volume.write(handle, 0, Volume.bytes(1, 100));
            assertFails(FileError.Kind.IO, () -> volume.files.flush(handle));
            assertThat(volume.read(handle, 0, 100)).isEqualTo(Volume.bytes(1, 100));
            gate.countDown();
            Volume.await("the data is recorded", () -> !memory.allRecords().isEmpty());
            volume.files.flush(handle);
        }
        Volume.checkBlocks(memory.allRecords(), store);
    }

    @Test
    void aWriteWaitsForRoomAndFailsAtItsDeadline() throws Exception {
        var gate = new CountDownLatch(1);
        try (Volume volume = hastyVolume()) {
            long handle = volume.create("file").handle();
            store.beforePut(_ -> pass(gate));
            byte[] bytes = Volume.bytes(1, 20 * BLOCK);
            int taken = volume.files.write(handle, 0, MemorySegment.ofArray(bytes));
            assertThat(taken).isEqualTo(8 * BLOCK);
            assertFails(
                    FileError.Kind.IO,
                    () -> volume.files.write(
                            handle, taken, MemorySegment.ofArray(bytes).asSlice(taken)));
            gate.countDown();
            Volume.await("there is room again", () -> store.puts().size() == 8);
            volume.write(handle, taken, Volume.bytes(2, 20 * BLOCK));
            volume.files.flush(handle);
        }
        Volume.checkBlocks(memory.allRecords(), store);
    }

    private static void pass(CountDownLatch gate) {
        try {
            assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void manySmallOpenFilesMakeRoomForEachOther() throws Exception {
        // Each holds a buffer that no upload would free, and the memory is for eight.
        var clocks = new Clocks(InstantSource.system(), () -> 0);
        var limits = new FileSystemLimits(8L * BLOCK, 8L * BLOCK, 2, 2, Duration.ofSeconds(30));
        List<Long> handles = new ArrayList<>();
        try (var volume = new Volume(tree.tree(), store, limits, clocks)) {
            for (int i = 0; i < 100; i++) {
                long handle = volume.create("file" + i).handle();
                volume.write(handle, 0, Volume.bytes(i, 1000));
                handles.add(handle);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(volume.read(handles.get(i), 0, 1000)).isEqualTo(Volume.bytes(i, 1000));
            }
        }
        Volume.checkBlocks(memory.allRecords(), store);
        assertThat(memory.allRecords()).hasSize(100);
    }

    @Test
    void aStreamThatIsFasterThanTheStoreStillMakesOneSliceOfEachChunk() throws Exception {
        store.beforePut(_ -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)));
        store.keepNothing();
        byte[] bytes = Volume.bytes(1, 2 * BLOCK);
        try (var volume = Volume.of(tree.tree(), store)) {
            long handle = volume.create("file").handle();
            for (long at = 0; at < FileTree.CHUNK_BYTES + 10L * BLOCK; at += bytes.length) {
                volume.write(handle, at, bytes);
            }
            volume.files.flush(handle);
        }
        assertThat(memory.allRecords())
                .extracting(SliceRecord::length)
                .containsExactly(FileTree.CHUNK_BYTES, 10 * BLOCK);
    }

    @Test
    void aFileThatIsGoneOnCommitLeavesNoBlocks() throws Exception {
        try (Volume volume = volume()) {
            FileSystem.Created created = volume.create("file");
            volume.write(created.handle(), 0, Volume.bytes(1, 100));
            // Another client that does not know of our handle deletes it.
            memory.close(created.entry().inode());
            memory.unlink(Caller.ROOT, FileTree.ROOT, Volume.name("file"));
            assertFails(FileError.Kind.NOT_FOUND, () -> volume.files.flush(created.handle()));
        }
        assertThat(store.list("vol/", null, 10)).isEmpty();
    }
}
