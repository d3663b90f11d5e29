package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static io.blockring.blockstore.TestBlocks.piece;
import static io.blockring.blockstore.TestBlocks.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every store, whatever tiers it has. Each has room for about 8 MiB of blocks. */
abstract class BlockStoreContract {
    static final int ROOM = 8 << 20;

    @TempDir
    Path directory;

    BlockStore store;

    abstract BlockStoreSettings settings(Path directory);

    BlockStore open(BlockStoreSettings settings) throws IOException {
        return BlockStore.open(settings, StoreParts.real(Runnable::run));
    }

    @BeforeEach
    void openStore() throws IOException {
        store = open(settings(directory));
    }

    @AfterEach
    void closeStore() {
        store.checkAccounting();
        store.close();
    }

    @Test
    void aBlockIsFoundAfterItsCommitAndNotBefore() throws Exception {
        for (int bytes : List.of(1, 4096, 16 << 10, (16 << 10) + 1, 100_000, 1 << 20)) {
            BlockKey key = block(1, bytes, bytes);
            try (BlockFill fill = store.reserve(key, bytes)) {
                assertThat(store.find(key)).isNull();
                assertThat(fill.buffer().byteSize()).isEqualTo(bytes);
                TestBlocks.fillBuffer(fill, key);
                fill.commit(BlockChecksums.of(fill.buffer()));
                assertThat(isThere(store, key)).isTrue();
                try (StoredBlock found = found(key)) {
                    assertThat(found.generation()).isEqualTo(fill.generation());
                }
            }
            assertThat(isThere(store, key)).isTrue();
        }
        assertThat(store.usage().fills()).isEqualTo(6);
        assertThat(store.usage().fillBytes()).isZero();
    }

    @Test
    void piecesOfObjectsAreBlocksToo() throws Exception {
        fill(store, piece(3, 7, 50_000));
        assertThat(isThere(store, piece(3, 7, 50_000))).isTrue();
        assertThat(isThere(store, piece(3, 8, 50_000))).isFalse();
        assertThat(isThere(store, piece(4, 7, 50_000))).isFalse();
    }

    @Test
    void aStoredFormMayBeLongerThanThePlainOne() throws Exception {
        var key = new BlockKey.Slice(1, 0, 1, 0, 1 << 20, BlockKey.Form.STORED);
        int bytes = (1 << 20) + 9000;
        try (BlockFill fill = store.reserve(key, bytes)) {
            TestBlocks.fillBuffer(fill, key);
            fill.commit(BlockChecksums.of(fill.buffer()));
        }
        try (StoredBlock found = found(key)) {
            assertThat(read(found)).isEqualTo(TestBlocks.bytesOf(key, bytes));
        }
    }

    @Test
    void twoVolumesMayHaveEqualSliceIds() throws Exception {
        BlockKey ours = block(1, 5, 60_000);
        BlockKey theirs = block(2, 5, 60_000);
        fill(store, ours);
        assertThat(isThere(store, theirs)).isFalse();
        fill(store, theirs);
        assertThat(isThere(store, ours)).isTrue();
        assertThat(isThere(store, theirs)).isTrue();
    }

    @Test
    void anAbandonedFillGivesItsRoomBack() throws Exception {
        for (int i = 0; i < 100; i++) {
            try (BlockFill fill = store.reserve(block(1, i + 1, 1 << 20), 1 << 20)) {
                assertThat(fill.buffer().byteSize()).isEqualTo(1 << 20);
            }
        }
        assertThat(usedBytes()).isZero();
        assertThat(store.usage().disk().evictedBlocks()).isZero();
        assertThat(store.usage().memory().evictedBlocks()).isZero();
    }

    @Test
    void theFasterOfTwoFillsIsKept() throws Exception {
        BlockKey key = block(1, 1, 70_000);
        try (BlockFill slow = store.reserve(key, 70_000);
                BlockFill fast = store.reserve(key, 70_000)) {
            TestBlocks.fillBuffer(slow, key);
            TestBlocks.fillBuffer(fast, key);
            fast.commit(BlockChecksums.of(fast.buffer()));
            slow.commit(BlockChecksums.of(slow.buffer()));
            try (StoredBlock found = found(key)) {
                assertThat(found.generation()).isEqualTo(fast.generation());
            }
        }
        assertThat(isThere(store, key)).isTrue();
        assertThat(store.usage().fills()).isEqualTo(1);
    }

    @Test
    void aFillEndsOnce() throws Exception {
        BlockKey key = block(1, 1, 70_000);
        BlockFill fill = store.reserve(key, 70_000);
        assertThatIllegalArgumentException().isThrownBy(() -> fill.commit(new int[2]));
        fill.commit(BlockChecksums.of(fill.buffer()));
        assertThatIllegalStateException().isThrownBy(() -> fill.commit(new int[3]));
        fill.close();
        fill.close();
        assertThatIllegalStateException().isThrownBy(() -> fill.commit(new int[3]));
    }

    @Test
    void aPlainBlockHasItsLength() {
        assertThatIllegalArgumentException().isThrownBy(() -> store.reserve(block(1, 1, 100), 99));
        assertThatIllegalArgumentException().isThrownBy(() -> store.reserve(block(1, 1, 100), 0));
    }

    @Test
    void moreBlocksThanThereIsRoomForPushOthersOut() throws Exception {
        for (int i = 1; i <= 200; i++) {
            fill(store, block(1, i, 100_000));
            assertThat(isThere(store, block(1, i, 100_000))).isTrue();
            store.checkAccounting();
        }
        assertThat(usedBytes()).isLessThanOrEqualTo(ROOM).isGreaterThan(ROOM / 2);
        assertThat(countThere(1, 200, 100_000)).isBetween(30, 100);
    }

    @Test
    void blocksBeingReadAreNotPushedOut() throws Exception {
        var pinned = new ArrayList<StoredBlock>();
        BlockKey key = null;
        while (key == null || pinned.size() < 3) {
            key = block(1, pinned.size() + 1, 200_000);
            fill(store, key);
            pinned.add(found(key));
        }
        for (int i = 100; i < 200; i++) {
            fill(store, block(1, i, 200_000));
        }
        for (int i = 0; i < pinned.size(); i++) {
            assertThat(read(pinned.get(i))).isEqualTo(TestBlocks.bytesOf(block(1, i + 1, 200_000)));
            assertThat(isThere(store, block(1, i + 1, 200_000))).isTrue();
        }
        pinned.forEach(StoredBlock::close);
    }

    @Test
    void whenAllIsBeingReadAFillIsRefusedAndLaterNot() throws Exception {
        var pinned = new ArrayList<StoredBlock>();
        CacheFullException full = null;
        for (int i = 1; full == null; i++) {
            BlockKey key = block(1, i, 500_000);
            full = catchThrowableOfType(CacheFullException.class, () -> fill(store, key));
            if (full == null) {
                pinned.add(found(key));
            }
        }
        assertThat(full.reason()).isEqualTo(CacheFullException.Reason.NO_ROOM);
        assertThat(pinned).hasSizeGreaterThan(8);
        store.checkAccounting();
        pinned.forEach(StoredBlock::close);
        fill(store, block(2, 1, 500_000));
        assertThat(isThere(store, block(2, 1, 500_000))).isTrue();
    }

    @Test
    void aBlockLargerThanTheStoreIsRefused() {
        assertThatThrownBy(() -> store.reserve(block(1, 1, 16 << 20), 16 << 20)).isInstanceOf(CacheFullException.class);
    }

    @Test
    void aDroppedBlockIsGoneUnlessItWasFilledAgain() throws Exception {
        for (int bytes : List.of(1000, 70_000)) {
            BlockKey key = block(1, bytes, bytes);
            fill(store, key);
            long first = generation(key);
            long corrupt = store.usage().corrupt();

            store.drop(key, first + 1);
            assertThat(isThere(store, key)).isTrue();
            store.drop(key, first);
            assertThat(isThere(store, key)).isFalse();
            assertThat(store.usage().corrupt()).isEqualTo(corrupt + 1);

            fill(store, key);
            assertThat(generation(key)).isGreaterThan(first);
            store.drop(key, first);
            assertThat(isThere(store, key)).isTrue();
            assertThat(store.usage().corrupt()).isEqualTo(corrupt + 1);
        }
    }

    @Test
    void aDroppedBlockStaysReadableWhileItIsOpen() throws Exception {
        BlockKey key = block(1, 1, 70_000);
        fill(store, key);
        try (StoredBlock open = found(key)) {
            store.drop(key, open.generation());
            assertThat(isThere(store, key)).isFalse();
            fill(store, key);
            fill(store, block(1, 2, 70_000));
            store.checkAccounting();
            assertThat(read(open)).isEqualTo(TestBlocks.bytesOf(key));
        }
    }

    @Test
    void aVolumeIsEvictedAndOthersStay() throws Exception {
        for (int i = 1; i <= 20; i++) {
            fill(store, block(1, i, i * 2500));
            fill(store, block(2, i, i * 2500));
        }
        long before = usedBytes();
        try (StoredBlock open = found(block(1, 20, 50_000))) {
            long freed = store.evictVolume(1);
            assertThat(freed).isEqualTo(before / 2);
            assertThat(read(open)).isEqualTo(TestBlocks.bytesOf(block(1, 20, 50_000)));
        }
        assertThat(usedBytes()).isEqualTo(before / 2);
        for (int i = 1; i <= 20; i++) {
            assertThat(isThere(store, block(1, i, i * 2500))).isFalse();
            assertThat(isThere(store, block(2, i, i * 2500))).isTrue();
        }
        assertThat(store.usage().volumes().keySet()).containsExactly(2);
        assertThat(store.evictVolume(1)).isZero();
    }

    @Test
    void closingAPinTwiceGivesItBackOnce() throws Exception {
        BlockKey key = block(1, 1, 70_000);
        fill(store, key);
        try (StoredBlock first = found(key)) {
            StoredBlock second = found(key);
            second.close();
            second.close();
            store.evictVolume(1);
            store.checkAccounting();
            assertThat(read(first)).isEqualTo(TestBlocks.bytesOf(key));
        }
    }

    @Test
    void findsAreCounted() throws Exception {
        fill(store, block(1, 1, 70_000));
        assertThat(isThere(store, block(1, 1, 70_000))).isTrue();
        assertThat(isThere(store, block(1, 2, 70_000))).isFalse();
        BlockStoreUsage usage = store.usage();
        assertThat(usage.memory().hits() + usage.disk().hits()).isEqualTo(1);
        assertThat(usage.misses()).isEqualTo(1);
    }

    @Test
    void aClosedStoreAnswersNoMore() throws Exception {
        BlockStore closed = open(settings(directory.resolve("other")));
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> closed.find(block(1, 1, 1)));
        assertThatIllegalStateException().isThrownBy(() -> closed.reserve(block(1, 1, 1), 1));
        assertThatIllegalStateException().isThrownBy(closed::usage);
        closed.close();
    }

    long usedBytes() {
        BlockStoreUsage usage = store.usage();
        return settings(directory).directories().isEmpty()
                ? usage.memory().usedBytes()
                : usage.disk().usedBytes();
    }

    int countThere(int from, int to, int bytes) throws IOException {
        int there = 0;
        for (int i = from; i <= to; i++) {
            there += isThere(store, block(1, i, bytes)) ? 1 : 0;
        }
        return there;
    }

    StoredBlock found(BlockKey key) {
        return TestBlocks.found(store, key);
    }

    private long generation(BlockKey key) {
        try (StoredBlock found = found(key)) {
            return found.generation();
        }
    }
}
