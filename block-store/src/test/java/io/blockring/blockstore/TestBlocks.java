package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Blocks whose bytes follow from their keys. */
final class TestBlocks {
    /** Bytes that were asked for are likely to be asked for again. */
    private static final int KNOWN_BLOCKS = 200;

    private static final Map<Known, byte[]> KNOWN = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Known, byte[]> eldest) {
            return size() > KNOWN_BLOCKS;
        }
    });

    private record Known(BlockKey key, int length) {}

    private TestBlocks() {}

    static BlockKey block(int volume, int slice, int bytes) {
        return new BlockKey.Slice(volume, 0, slice, 0, bytes, BlockKey.Form.PLAIN);
    }

    static BlockKey piece(int bucket, int object, int bytes) {
        return new BlockKey.Piece(bucket, new BlockHash(object, object), "etag" + object, 0, bytes);
    }

    /** Small classes, slot classes and odd lengths. */
    static int someLength(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(16 << 10);
            case 1 -> (16 << 10) + random.nextInt(40 << 10);
            case 2 -> 64 << 10;
            default -> 1 + random.nextInt(300 << 10);
        };
    }

    static byte[] bytesOf(BlockKey key) {
        return bytesOf(key, key.plainBytes());
    }

    static byte[] bytesOf(BlockKey key, int length) {
        return KNOWN.computeIfAbsent(new Known(key, length), TestBlocks::makeBytes);
    }

    static void fill(BlockStore store, BlockKey key) throws IOException, CacheFullException {
        try (BlockFill fill = store.reserve(key, key.plainBytes())) {
            fillBuffer(fill, key);
            fill.commit(BlockChecksums.of(fill.buffer()));
        }
    }

    static void fillBuffer(BlockFill fill, BlockKey key) {
        byte[] bytes = bytesOf(key, (int) fill.buffer().byteSize());
        MemorySegment.copy(bytes, 0, fill.buffer(), ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    static StoredBlock found(BlockStore store, BlockKey key) {
        return Objects.requireNonNull(store.find(key), () -> "not found: " + key);
    }

    static byte[] read(StoredBlock block) throws IOException {
        return switch (block) {
            case StoredBlock.InMemory inMemory -> inMemory.bytes().toArray(ValueLayout.JAVA_BYTE);
            case StoredBlock.OnDisk onDisk -> {
                ByteBuffer bytes = ByteBuffer.allocate(onDisk.byteCount());
                while (bytes.hasRemaining()
                        && onDisk.file().read(bytes, onDisk.fileOffset() + bytes.position()) >= 0) {}
                yield bytes.array();
            }
        };
    }

    /** Is the block there? If so, with all its bytes. */
    static boolean isThere(BlockStore store, BlockKey key) throws IOException {
        try (StoredBlock block = store.find(key)) {
            if (block != null) {
                assertThat(block.byteCount()).isEqualTo(key.plainBytes());
                byte[] bytes = read(block);
                assertThat(bytes).isEqualTo(bytesOf(key));
                assertThat(block.checksums()).isEqualTo(BlockChecksums.of(MemorySegment.ofArray(bytes)));
                assertThat(block.isIntact()).isTrue();
            }
            return block != null;
        }
    }

    /** The real parts, on a machine that was started anew. */
    static StoreParts afterBoot(String bootId) {
        return new StoreParts(
                new LinuxFiles(),
                (folder, logBytes) ->
                        RocksBlockIndex.open(folder, logBytes, bootId.getBytes(StandardCharsets.US_ASCII)),
                new LinuxFileSystem(),
                InstantSource.system(),
                true,
                Duration.ofMinutes(1),
                Runnable::run);
    }

    /** Waits for half a minute at most. */
    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** What the files below a folder take, holes left out. */
    static long bytesOnDisk(Path folder) throws IOException, InterruptedException {
        var du = new ProcessBuilder("du", "-s", "-B1", folder.toString()).start();
        String said = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(du.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return Long.parseLong(said.substring(0, said.indexOf('\t')));
    }

    private static byte[] makeBytes(Known known) {
        byte[] bytes = new byte[known.length()];
        new SplittableRandom(known.key().hash().high()).nextBytes(bytes);
        return bytes;
    }
}
