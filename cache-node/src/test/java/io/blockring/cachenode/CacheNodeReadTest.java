package io.blockring.cachenode;

import static io.blockring.cachenode.TestNode.BLOCK_BYTES;
import static io.blockring.cachenode.TestNode.await;
import static io.blockring.cachenode.TestNode.in;
import static io.blockring.cachenode.TestNode.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.blockstore.CacheDirectory;
import io.blockring.blockstore.DiskPlace;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheNodeReadTest {
    private static final int UNIT = BlockChecksums.UNIT_BYTES;

    @TempDir
    Path directory;

    @Test
    void aMissIsFetchedOnceAndThenSentFromTheFile() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            var first = new Received();
            assertStatus(node.read(key(1, 7), first), Status.OK);
            assertThat(first.bytes()).isEqualTo(bytes);
            assertThat(first.source()).isEqualTo(Source.STORE);
            await(() -> node.blocks.usage().fills() == 1);
            for (int i = 0; i < 3; i++) {
                var hit = new Received();
                assertStatus(node.read(key(1, 7), hit), Status.OK);
                assertThat(hit.bytes()).isEqualTo(bytes);
                assertThat(hit.source()).isEqualTo(Source.DISK);
                assertThat(hit.extents()).isEqualTo(1);
            }
            assertThat(node.objects.gets).hasValue(1);
            assertThat(node.node.counters())
                    .containsEntry("sendfile_bytes", 3L * BLOCK_BYTES)
                    .containsEntry("sent_disk_bytes", 3L * BLOCK_BYTES)
                    .containsEntry("sent_store_bytes", (long) BLOCK_BYTES)
                    .containsEntry("store_bytes", (long) BLOCK_BYTES)
                    .containsEntry("hits", 3L)
                    .containsEntry("misses", 1L);
        }
    }

    @Test
    void anyRangeOfUnitsIsServedFromStoreDiskAndMemory() throws IOException {
        var inMemory = new BlockStoreSettings(List.of(), 64 << 20, 0);
        try (var disk = new TestNode(directory.resolve("disk"));
                var memory = new TestNode(directory.resolve("memory"), TestNode.LIMITS, inMemory)) {
            byte[] bytes = disk.putObject(disk.objects, key(1, 7), 1);
            memory.putObject(memory.objects, key(1, 7), 1);
            Seeds.forEach(60, random -> {
                int from = random.nextInt(BlockChecksums.unitCount(BLOCK_BYTES)) * UNIT;
                int to = Math.min(BLOCK_BYTES, from + random.nextInt(1, 20) * UNIT);
                for (TestNode node : List.of(disk, memory)) {
                    var received = new Received();
                    assertStatus(node.read(key(1, 7), 0, received, from, to - from), Status.OK);
                    assertThat(received.bytes(from, to)).isEqualTo(Arrays.copyOfRange(bytes, from, to));
                }
            });
            assertThat(memory.count("sent_memory_bytes")).isPositive();
            assertThat(memory.node.counters()).containsEntry("sendfile_bytes", 0L);
        }
    }

    @Test
    void manyReadersOfAMissingBlockCostOneGet() throws Exception {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            var readersAsked = new CountDownLatch(1);
            node.objects.pace = (key, position) -> awaitLatch(readersAsked);
            var threads = new ArrayList<Thread>();
            var right = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    var received = new Received();
                    node.read(key(1, 7), received);
                    right.addAndGet(Arrays.equals(received.bytes(), bytes) ? 1 : 0);
                }));
            }
            await(() -> node.count("misses") == 20);
            readersAsked.countDown();
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
            }
            assertThat(right).hasValue(20);
            assertThat(node.objects.gets).hasValue(1);
            await(() -> node.count("fill_bytes_in_flight") == 0);
        }
    }

    @Test
    void readersSeeBytesBeforeTheFetchEnds() throws Exception {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            var secondHalf = new CountDownLatch(1);
            node.objects.pace = (key, position) -> {
                if (position >= BLOCK_BYTES / 2) {
                    awaitLatch(secondHalf);
                }
            };
            var received = new Received();
            var reading = Thread.ofPlatform().start(() -> node.read(key(1, 7), received));
            await(() -> received.arrivedTo() >= BLOCK_BYTES / 2 - UNIT);
            assertThat(received.arrivedTo()).isLessThan(BLOCK_BYTES);
            secondHalf.countDown();
            assertThat(reading.join(Duration.ofSeconds(20))).isTrue();
            assertThat(received.bytes()).isEqualTo(bytes);
            assertThat(received.extents()).isGreaterThan(1);
        }
    }

    @Test
    void aStoreThatFailsMidwayEndsTheAnswersProperlyAndTheNextReaderStartsAnew() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            node.objects.pace = (key, position) -> {
                if (position >= BLOCK_BYTES / 2) {
                    throw new ObjectStoreException(ObjectStoreException.Kind.RETRY, "the store went away");
                }
            };
            var cut = new Received();
            assertStatus(node.read(key(1, 7), cut), Status.STORE_ERROR);
            assertThat(cut.arrivedTo()).isBetween(UNIT, BLOCK_BYTES - 1);
            node.objects.pace = (key, position) -> {};
            var whole = new Received();
            assertStatus(node.read(key(1, 7), whole), Status.OK);
            assertThat(whole.bytes()).isEqualTo(bytes);
            assertThat(node.objects.gets).hasValue(2);
        }
    }

    @Test
    void anObjectThatIsNotThereOrTooShortIsAStoreError() throws IOException {
        try (var node = new TestNode(directory)) {
            assertStatus(node.read(key(1, 8), new Received()), Status.STORE_ERROR);
            var longer = new BlockKey.Slice(1, 1, 9, 0, BLOCK_BYTES - 1, BlockKey.Form.PLAIN);
            node.objects.put(
                    "lab/chunks/0/0/9_0_" + (BLOCK_BYTES - 1),
                    MemorySegment.ofArray(new byte[100]),
                    ObjectStore.PutCondition.ALWAYS);
            assertStatus(node.read(longer, new Received()), Status.STORE_ERROR);
        }
    }

    @Test
    void overTheLimitOfFetchesTheNodeIsBusyAtOnce() throws Exception {
        var one = new CacheNodeSettings.Limits(
                2, 50, 100, 1, 64 << 20, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofMinutes(1));
        var settings = new BlockStoreSettings(List.of(new CacheDirectory(directory, 256 << 20)), 0, 64 << 20);
        try (var node = new TestNode(directory.resolve("node"), one, settings)) {
            node.putObject(node.objects, key(1, 7), 1);
            node.putObject(node.objects, key(1, 8), 2);
            var go = new CountDownLatch(1);
            node.objects.pace = (key, position) -> awaitLatch(go);
            var received = new Received();
            var reading = Thread.ofPlatform().start(() -> node.read(key(1, 7), received));
            await(() -> node.objects.gets.get() == 1);
            assertStatus(node.read(key(1, 8), new Received()), Status.BUSY);
            go.countDown();
            assertThat(reading.join(Duration.ofSeconds(20))).isTrue();
            assertThat(received.arrivedTo()).isEqualTo(BLOCK_BYTES);
            await(() -> isOk(node.read(key(1, 8), new Received())));
        }
    }

    @Test
    void overTheLimitOfBytesOnTheirWayTheNodeIsBusyAtOnce() throws Exception {
        var oneBlock = new CacheNodeSettings.Limits(
                2, 50, 100, 8, BLOCK_BYTES, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofMinutes(1));
        var settings = new BlockStoreSettings(List.of(new CacheDirectory(directory, 256 << 20)), 0, 64 << 20);
        try (var node = new TestNode(directory.resolve("node"), oneBlock, settings)) {
            node.putObject(node.objects, key(1, 7), 1);
            node.putObject(node.objects, key(1, 8), 2);
            var go = new CountDownLatch(1);
            node.objects.pace = (key, position) -> awaitLatch(go);
            var reading = Thread.ofPlatform().start(() -> node.read(key(1, 7), new Received()));
            await(() -> node.objects.gets.get() == 1);
            assertStatus(node.read(key(1, 8), new Received()), Status.BUSY);
            go.countDown();
            assertThat(reading.join(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void withoutRoomTheBytesPassThrough() throws IOException {
        var tiny = new BlockStoreSettings(List.of(), BLOCK_BYTES / 2, 0);
        try (var node = new TestNode(directory, TestNode.LIMITS, tiny)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            for (int i = 0; i < 2; i++) {
                var received = new Received();
                assertStatus(node.read(key(1, 7), received), Status.OK);
                assertThat(received.bytes()).isEqualTo(bytes);
            }
            assertThat(node.objects.gets).hasValue(2);
            assertThat(node.node.counters()).containsEntry("fills_not_kept", 2L);
            await(() -> node.count("fill_bytes_in_flight") == 0);
        }
    }

    @Test
    void aReaderThatLeavesDoesNotEndTheFetch() throws Exception {
        try (var node = new TestNode(directory)) {
            node.putObject(node.objects, key(1, 7), 1);
            var go = new CountDownLatch(1);
            node.objects.pace = (key, position) -> awaitLatch(go);
            var request = node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 1_000);
            assertThat(node.reader.ask(request, new Received(), System.nanoTime() + 200_000_000L))
                    .isInstanceOf(NodeAnswer.Lost.class);
            go.countDown();
            await(() -> node.blocks.usage().fills() == 1);
            var received = new Received();
            assertStatus(node.read(key(1, 7), received), Status.OK);
            assertThat(received.source()).isEqualTo(Source.DISK);
            assertThat(node.objects.gets).hasValue(1);
        }
    }

    @Test
    void eachReaderHasItsOwnDeadline() throws Exception {
        try (var node = new TestNode(directory)) {
            node.putObject(node.objects, key(1, 7), 1);
            var go = new CountDownLatch(1);
            node.objects.pace = (key, position) -> awaitLatch(go);
            var patient = new Received();
            var reading = Thread.ofPlatform().start(() -> node.read(key(1, 7), patient));
            await(() -> node.objects.gets.get() == 1);
            var hasty = node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 200);
            assertStatus(node.reader.ask(hasty, new Received(), in(10)), Status.STORE_ERROR);
            go.countDown();
            assertThat(reading.join(Duration.ofSeconds(20))).isTrue();
            assertThat(patient.arrivedTo()).isEqualTo(BLOCK_BYTES);
        }
    }

    @Test
    void aBlockFlippedOnDiskIsNeverBelievedAndFetchedAgainOnce() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            node.read(key(1, 7), new Received());
            await(() -> node.blocks.usage().fills() == 1);
            DiskPlace place = Objects.requireNonNull(node.blocks.locate(key(1, 7)));
            try (var file = FileChannel.open(place.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                long at = place.offset() + 5 * UNIT + 3;
                ByteBuffer one = ByteBuffer.allocate(1);
                file.read(one, at);
                file.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), at);
            }
            var flipped = new Received();
            NodeAnswer answer = node.read(key(1, 7), flipped);
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            NodeAnswer.Ended.class,
                            ended -> assertThat(ended.firstBadOffset()).isEqualTo(5 * UNIT));
            assertThat(flipped.arrivedTo()).isEqualTo(5 * UNIT);
            for (int i = 0; i < 3; i++) {
                var checked = new Received();
                assertStatus(node.read(key(1, 7), Ask.CHECK, checked, 0, BLOCK_BYTES), Status.OK);
                assertThat(checked.bytes()).isEqualTo(bytes);
            }
            assertThat(node.node.counters()).containsEntry("corrupt_blocks", 1L);
            assertThat(node.objects.gets).hasValue(2);
        }
    }

    @Test
    void twoVolumesMayHaveEqualSlices() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] ofFirst = node.putObject(node.objects, key(1, 7), 1);
            var other = new ScriptedStore();
            node.otherVolumes.put(2, other);
            byte[] ofSecond = node.putObject(other, key(2, 7), 2);
            for (int i = 0; i < 2; i++) {
                var first = new Received();
                var second = new Received();
                node.read(key(1, 7), first);
                node.read(key(2, 7), second);
                assertThat(first.bytes()).isEqualTo(ofFirst);
                assertThat(second.bytes()).isEqualTo(ofSecond);
                await(() -> node.blocks.usage().fills() == 2);
            }
            assertThat(node.objects.gets).hasValue(1);
            assertThat(other.gets).hasValue(1);
        }
    }

    @Test
    void whatCannotBeServedIsSaid() throws IOException {
        try (var node = new TestNode(directory)) {
            assertStatus(node.read(key(9, 7), new Received()), Status.UNKNOWN_VOLUME);
            var otherIncarnation = new BlockKey.Slice(1, 2, 7, 0, BLOCK_BYTES, BlockKey.Form.PLAIN);
            assertStatus(node.read(otherIncarnation, new Received()), Status.UNKNOWN_VOLUME);
            assertStatus(node.read(key(3, 7), new Received()), Status.NO_KEYS);
            assertStatus(node.read(key(1, 7), Ask.NO_FILL, new Received(), 0, UNIT), Status.MISS);
            assertStatus(node.read(key(1, 7), 0, new Received(), 0, UNIT + 1), Status.BAD_REQUEST);
            assertStatus(node.read(key(1, 7), 0, new Received(), 0, BLOCK_BYTES + UNIT), Status.BAD_REQUEST);
            var stored = new BlockKey.Slice(1, 1, 7, 0, BLOCK_BYTES, BlockKey.Form.STORED);
            assertStatus(node.read(stored, new Received()), Status.BAD_REQUEST);
            for (Ask.Op op : List.of(Ask.Op.LOCATOR, Ask.Op.DESCRIPTOR)) {
                var request = node.request(op, key(1, 7), 0, 0, 0, 1_000);
                assertStatus(node.reader.ask(request, new Received(), in(5)), Status.BAD_REQUEST);
            }
            var check = node.request(Ask.Op.CHECK, key(1, 7), 0, 0, 0, 1_000);
            assertStatus(node.reader.ask(check, new Received(), in(5)), Status.MISS);
            assertThat(node.objects.gets).hasValue(0);
        }
    }

    @Test
    void aBlockSentFromAFileStaysInPlaceUntilTheNextRequest() throws IOException {
        try (var node = new TestNode(directory)) {
            node.putObject(node.objects, key(1, 7), 1);
            node.read(key(1, 7), new Received());
            await(() -> node.blocks.usage().fills() == 1);
            node.read(key(1, 7), new Received());
            long used = node.blocks.usage().disk().usedBytes();
            assertThat(node.blocks.evictVolume(1)).isPositive();
            assertThat(node.blocks.usage().disk().usedBytes()).isEqualTo(used);
            assertStatus(node.read(key(1, 8), Ask.NO_FILL, new Received(), 0, UNIT), Status.MISS);
            await(() -> node.blocks.usage().disk().usedBytes() == 0);
        }
    }

    static void assertStatus(NodeAnswer answer, Status expected) {
        assertThat(answer).isInstanceOfSatisfying(NodeAnswer.Ended.class, ended -> {
            assertThat(ended.end().status()).as("%s", ended.end()).isEqualTo(expected);
            assertThat(ended.isBad()).isFalse();
        });
    }

    private static boolean isOk(NodeAnswer answer) {
        return answer instanceof NodeAnswer.Ended ended && ended.end().status() == Status.OK;
    }

    private static void awaitLatch(CountDownLatch latch) throws ObjectStoreException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new ObjectStoreException(ObjectStoreException.Kind.RETRY, "the test forgot the latch");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ObjectStoreException(ObjectStoreException.Kind.RETRY, "interrupted", e);
        }
    }
}
