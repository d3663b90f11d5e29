package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.await;
import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubTest {
    private static final int BLOCKS = 50;
    private static final long FAST = 1L << 40;

    @TempDir
    Path directory;

    @Test
    void aFlippedByteIsFoundThoughNobodyReadsTheBlock() throws Exception {
        try (var store = BlockStore.open(settings())) {
            fillSome(store);
            DiskPlace place = Objects.requireNonNull(store.locate(some(7)));
            spoil(place.file(), place.offset() + place.byteCount() - 1);
            store.startScrubbing(FAST);
            awaitRound(store);
            assertThat(store.usage().corrupt()).isEqualTo(1);
            assertThat(store.usage().scrub().blocks()).isGreaterThanOrEqualTo(BLOCKS);
            assertThat(store.find(some(7))).isNull();
            fill(store, some(7));
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(store, some(i))).as("block %d", i).isTrue();
            }
        }
    }

    @Test
    void aSlotWithAnotherBlocksHeaderIsFreed() throws Exception {
        try (var store = BlockStore.open(settings())) {
            fillSome(store);
            DiskPlace one = Objects.requireNonNull(store.locate(some(1)));
            DiskPlace other = Objects.requireNonNull(store.locate(some(2)));
            copyHeader(one, other);
            store.startScrubbing(FAST);
            awaitRound(store);
            assertThat(store.usage().corrupt()).isEqualTo(1);
            assertThat(isThere(store, some(1))).isTrue();
            assertThat(store.find(some(2))).isNull();
        }
    }

    @Test
    void whatIsCheckedDoesNotCountAsUsed() throws Exception {
        try (var store = BlockStore.open(settings())) {
            fillSome(store);
            store.startScrubbing(FAST);
            awaitRound(store);
            try (StoredBlock found = TestBlocks.found(store, some(1))) {
                assertThat(((SlotBlock) found).isWantedInMemory()).isFalse();
            }
        }
    }

    @Test
    void fillsAndEvictionsGoOnMeanwhile() throws Exception {
        try (var store = BlockStore.open(settings())) {
            store.startScrubbing(FAST);
            for (int i = 1; i <= 2000; i++) {
                fill(store, some(i));
                isThere(store, some(Math.max(1, i - 20)));
            }
            assertThat(store.usage().corrupt()).isZero();
            assertThat(store.usage().torn()).isZero();
            assertThat(store.usage().disk().evictedBlocks()).isPositive();
        }
        try (var store = BlockStore.open(settings())) {
            store.checkAccounting();
        }
    }

    /** A device with an endless block of a mebibyte, read at 64 of them a second. */
    @Test
    void notMoreIsReadThanTheRateAllows() throws Exception {
        var checked = new AtomicInteger();
        var enough = new CountDownLatch(8);
        var blocks = new Scrubber.Blocks() {
            @Override
            public BlockTable.@Nullable Placed next(BlockTable.Position from) {
                return new BlockTable.Placed(new Fingerprint(1, 1), 1, from);
            }

            @Override
            public long check(BlockTable.Placed block) {
                checked.incrementAndGet();
                enough.countDown();
                return 1 << 20;
            }
        };
        long start = System.nanoTime();
        try (var scrubber = new Scrubber(blocks, 64 << 20)) {
            scrubber.start();
            assertThat(enough.await(30, TimeUnit.SECONDS)).isTrue();
        }
        long elapsed = System.nanoTime() - start;
        assertThat(Duration.ofNanos(elapsed))
                .isGreaterThan(Duration.ofSeconds(checked.get() - 1).dividedBy(64));
    }

    private static void fillSome(BlockStore store) throws Exception {
        for (int i = 1; i <= BLOCKS; i++) {
            fill(store, some(i));
        }
    }

    private static void awaitRound(BlockStore store) {
        await(() -> store.usage().scrub().rounds() > 0);
    }

    private static void spoil(Path file, long offset) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, offset);
            one.put(0, (byte) ~one.get(0)).rewind();
            channel.write(one, offset);
        }
    }

    private static void copyHeader(DiskPlace from, DiskPlace to) throws IOException {
        ByteBuffer page = ByteBuffer.allocate(SizeClass.HEADER_BYTES);
        try (var channel = FileChannel.open(from.file(), StandardOpenOption.READ)) {
            channel.read(page, from.offset() - SizeClass.HEADER_BYTES);
        }
        try (var channel = FileChannel.open(to.file(), StandardOpenOption.WRITE)) {
            channel.write(page.flip(), to.offset() - SizeClass.HEADER_BYTES);
        }
    }

    /** Small ones among them, and lengths that are no whole pages. */
    private static BlockKey some(int i) {
        return block(1, i, i % 10 == 0 ? 9000 : 100_001);
    }

    private BlockStoreSettings settings() {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), 64 << 20)), 0, 16 << 20);
    }
}
