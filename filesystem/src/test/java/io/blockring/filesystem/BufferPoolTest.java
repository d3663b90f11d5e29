package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private static final int KIB = 1 << 10;
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    @Test
    void buffersHaveAPowerOfTwoThatIsLargeEnough() {
        try (var pool = new BufferPool(1024 * KIB, 256 * KIB)) {
            assertThat(pool.capacityFor(1)).isEqualTo(64 * KIB);
            assertThat(pool.capacityFor(64 * KIB)).isEqualTo(64 * KIB);
            assertThat(pool.capacityFor(64 * KIB + 1)).isEqualTo(128 * KIB);
            assertThat(pool.capacityFor(256 * KIB)).isEqualTo(256 * KIB);
            assertThatThrownBy(() -> pool.capacityFor(256 * KIB + 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void neverMoreBytesAreLentThanTheLimit() {
        Seeds.forEach(50, random -> {
            List<PooledBuffer> lent = new ArrayList<>();
            try (var pool = new BufferPool(1024 * KIB, 256 * KIB)) {
                for (int i = 0; i < 200; i++) {
                    if (random.nextBoolean() && !lent.isEmpty()) {
                        pool.release(lent.remove(random.nextInt(lent.size())));
                    } else {
                        int bytes = 1 + random.nextInt(256 * KIB);
                        PooledBuffer buffer = pool.tryAcquire(bytes);
                        long sum =
                                lent.stream().mapToLong(PooledBuffer::capacity).sum();
                        assertThat(buffer == null).isEqualTo(sum + pool.capacityFor(bytes) > 1024 * KIB);
                        if (buffer != null) {
                            assertThat(buffer.capacity()).isGreaterThanOrEqualTo(bytes);
                            buffer.bytes().fill((byte) i);
                            lent.add(buffer);
                        }
                    }
                    assertThat(pool.lentBytes())
                            .isEqualTo(lent.stream()
                                    .mapToLong(PooledBuffer::capacity)
                                    .sum())
                            .isLessThanOrEqualTo(1024 * KIB);
                }
                lent.forEach(pool::release);
            }
        });
    }

    @Test
    void aLargeRequestIsNotStarvedByLaterSmallOnes() throws Exception {
        try (var pool = new BufferPool(256 * KIB, 128 * KIB);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<PooledBuffer> small = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                small.add(acquire(pool, 64 * KIB));
            }
            Future<PooledBuffer> large = threads.submit(() -> acquire(pool, 128 * KIB));
            pool.release(small.removeLast());
            assertThatThrownBy(() -> large.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(pool.tryAcquire(64 * KIB)).isNull();
            pool.release(small.removeLast());
            pool.release(large.get(10, TimeUnit.SECONDS));
            small.forEach(pool::release);
        }
    }

    @Test
    void aWaitEndsAtItsDeadline() throws Exception {
        try (var pool = new BufferPool(128 * KIB, 64 * KIB)) {
            PooledBuffer one = acquire(pool, 1);
            PooledBuffer two = acquire(pool, 1);
            assertThat(pool.acquire(1, TimeUnit.MILLISECONDS.toNanos(5))).isNull();
            pool.release(one);
            assertThat(pool.acquire(1, MINUTE)).isSameAs(one);
            pool.release(one);
            pool.release(two);
        }
    }

    @Test
    void aBufferCannotBeGivenBackTwice() throws InterruptedException {
        try (var pool = new BufferPool(128 * KIB, 64 * KIB)) {
            PooledBuffer buffer = acquire(pool, 1);
            pool.release(buffer);
            assertThatThrownBy(() -> pool.release(buffer)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static PooledBuffer acquire(BufferPool pool, int bytes) throws InterruptedException {
        PooledBuffer buffer = pool.acquire(bytes, MINUTE);
        assertThat(buffer).isNotNull();
        return Objects.requireNonNull(buffer);
    }
}
