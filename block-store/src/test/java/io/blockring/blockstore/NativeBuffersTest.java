package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.blockstore.NativeBuffers.Buffer;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeBuffersTest {
    private static final long LIMIT = 4 << 20;

    @Test
    void nativeMemoryStaysWithinTheLimitWhateverTheSizes() {
        Seeds.forEach(50, random -> {
            try (var buffers = new NativeBuffers(LIMIT)) {
                var taken = new ArrayList<Buffer>();
                long takenBytes = 0;
                for (int step = 0; step < 300; step++) {
                    int byteCount = someLength(random);
                    Buffer buffer = random.nextBoolean() ? buffers.take(byteCount) : null;
                    if (buffer != null) {
                        assertThat(buffer.bytes().byteSize()).isGreaterThanOrEqualTo(byteCount);
                        taken.add(buffer);
                        takenBytes += buffer.byteSize();
                    } else if (!taken.isEmpty()) {
                        Buffer given = taken.remove(random.nextInt(taken.size()));
                        takenBytes -= given.byteSize();
                        buffers.give(given);
                    }
                    assertThat(buffers.takenBytes()).isEqualTo(takenBytes);
                    assertThat(buffers.allocatedBytes()).isBetween(takenBytes, LIMIT);
                }
                taken.forEach(buffers::give);
            }
        });
    }

    @Test
    void aBufferIsRefusedOnlyWhenTheLimitLeavesNoRoom() {
        Seeds.forEach(50, random -> {
            try (var buffers = new NativeBuffers(LIMIT)) {
                var taken = new ArrayList<Buffer>();
                int byteCount = someLength(random);
                Buffer buffer = buffers.take(byteCount);
                while (buffer != null) {
                    taken.add(buffer);
                    byteCount = someLength(random);
                    buffer = buffers.take(byteCount);
                }
                assertThat(buffers.takenBytes() + NativeBuffers.sizeFor(byteCount))
                        .isGreaterThan(LIMIT);
                taken.forEach(buffers::give);
                assertThat(buffers.takenBytes()).isZero();
            }
        });
    }

    @Test
    void whatIsGivenAfterTheCloseIsFreed() {
        var buffers = new NativeBuffers(LIMIT);
        Buffer free = Objects.requireNonNull(buffers.take(100_000));
        Buffer late = Objects.requireNonNull(buffers.take(50_000));
        buffers.give(free);
        buffers.close();
        assertThat(free.arena().scope().isAlive()).isFalse();
        assertThat(late.arena().scope().isAlive()).isTrue();
        buffers.give(late);
        assertThat(late.arena().scope().isAlive()).isFalse();
        assertThat(buffers.allocatedBytes()).isZero();
        assertThat(buffers.take(1)).isNull();
    }

    private static int someLength(Random random) {
        return 1 + random.nextInt(1 << (12 + random.nextInt(9)));
    }
}
