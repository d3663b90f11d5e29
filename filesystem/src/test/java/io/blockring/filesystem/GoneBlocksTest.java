package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.cache.TreeCache;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;

/** Blocks that another client has deleted since a reader was told of them. */
class GoneBlocksTest {
    private static final int BYTES = 3 * Volume.BLOCK + 100;

    private final MemoryTree memory = new MemoryTree();
    private final TroubledTree troubled = new TroubledTree(memory);
    private final TroubledStore store = new TroubledStore();
    private final ConcurrentHashMap<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    /** Another mount of the same volume writes the file anew, and what it was made of goes. */
    private void rewriteElsewhere(byte[] bytes) throws Exception {
        Set<String> before = Volume.keysOf(memory.allRecords());
        try (Volume other = Volume.of(memory, store)) {
            FileSystem.Opened opened = other.open("file", Volume.READ_WRITE);
            other.write(opened.handle(), 0, bytes);
            other.files.flush(opened.handle());
            other.files.release(opened.handle());
        }
        delete(before);
    }

    private void delete(Set<String> keys) throws Exception {
        for (String key : keys) {
            store.delete(key);
        }
    }

    private void countCalls() {
        calls.clear();
        troubled.before(method ->
                calls.computeIfAbsent(method, _ -> new AtomicInteger()).incrementAndGet());
    }

    private int calls(String method) {
        AtomicInteger count = calls.get(method);
        return count == null ? 0 : count.get();
    }

    private static void assertIo(ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.IO));
    }

    @Test
    void whatChangedUnderTheReaderIsAskedForAgainAndRead() throws Exception {
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            volume.file("file", Volume.bytes(1, BYTES));
            FileSystem.Opened opened = volume.open("file", Volume.READ);
            assertThat(volume.read(opened.handle(), BYTES - 10, 10)).hasSize(10);
            rewriteElsewhere(Volume.bytes(2, BYTES));
            countCalls();
            assertThat(volume.read(opened.handle(), 0, BYTES)).isEqualTo(Volume.bytes(2, BYTES));
            assertThat(calls("slices")).isEqualTo(1);
            assertThat(calls("distrust")).isEqualTo(1);
        }
    }

    @Test
    void aBlockThatStaysGoneIsAnErrorAfterOneMoreQuestion() throws Exception {
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            volume.file("file", Volume.bytes(1, BYTES));
            FileSystem.Opened opened = volume.open("file", Volume.READ);
            assertThat(volume.read(opened.handle(), BYTES - 10, 10)).hasSize(10);
            delete(Volume.keysOf(memory.allRecords()));
            countCalls();
            assertIo(() -> volume.read(opened.handle(), 0, 100));
            assertThat(calls("slices")).isEqualTo(1);
            assertThat(calls("distrust")).isEqualTo(1);
        }
    }

    @Test
    void aFileThatIsGoneIsAnErrorAndNotZeros() throws Exception {
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            volume.file("file", Volume.bytes(1, BYTES));
            FileSystem.Opened opened = volume.open("file", Volume.READ);
            troubled.before(TroubledTree.failingAt("slices", FileError.Kind.NOT_FOUND));
            assertIo(() -> volume.read(opened.handle(), 0, 100));
        }
    }

    @Test
    void aFileThatIsShorterSinceEndsWhereItDoes() throws Exception {
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            volume.file("file", Volume.bytes(1, BYTES));
            FileSystem.Opened opened = volume.open("file", Volume.READ);
            assertThat(volume.read(opened.handle(), BYTES - 10, 10)).hasSize(10);
            Set<String> keys = Volume.keysOf(memory.allRecords());
            memory.truncate(Caller.ROOT, volume.inode("file"), 0);
            delete(keys);
            assertThat(volume.read(opened.handle(), Volume.BLOCK, 100)).isEmpty();
        }
    }

    /** The slices of an open that asked nobody are no other. */
    @Test
    void theSameHoldsForWhatTheOpenCacheKnows() throws Exception {
        var day = Duration.ofDays(1);
        var cache = new TreeCache(new CacheTimes(day, day, day, day, day), System::nanoTime);
        FileTree cached = cache.over(troubled.tree());
        try (Volume setUp = Volume.of(memory, store)) {
            setUp.file("file", Volume.bytes(1, BYTES));
        }
        try (Volume volume = Volume.of(cached, store)) {
            assertThat(volume.contentOf("file")).isEqualTo(Volume.bytes(1, BYTES));
            rewriteElsewhere(Volume.bytes(2, BYTES));
            countCalls();
            assertThat(volume.contentOf("file")).isEqualTo(Volume.bytes(2, BYTES));
            assertThat(calls("distrust")).isEqualTo(1);
            assertThat(calls("slices")).isEqualTo(1);
            delete(Volume.keysOf(memory.allRecords()));
            countCalls();
            assertIo(() -> volume.contentOf("file"));
            assertThat(calls("distrust")).isEqualTo(1);
        }
    }
}
