package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequentialReadsTest {
    private static final int BLOCK = 4 << 20;
    private static final int READ = 128 << 10;
    private static final int MIB = 1 << 20;
    private static final long PLENTY = 1L << 30;

    @Test
    void aSequentialReaderIsAheadOfTheFileWithoutLoadingAnythingTwice() {
        long length = 100L << 20;
        var reads = new SequentialReads(BLOCK);
        long ahead = READ;
        long most = 0;
        for (long at = 0; at < length; at += READ) {
            ReadPlan.Range load = reads.onRead(at, READ, length, PLENTY);
            if (load != null) {
                assertThat(load.from()).isEqualTo(ahead);
                ahead = load.to();
                most = Math.max(most, ahead - at - READ);
            }
            assertThat(ahead).isGreaterThanOrEqualTo(Math.min(length, at + 2 * READ));
        }
        assertThat(ahead).isEqualTo(length);
        assertThat(most).isBetween(8L << 20, SequentialReads.MAX_WINDOW_BYTES + BLOCK);
    }

    @Test
    void theWindowStartsSmallAndDoubles() {
        var reads = new SequentialReads(BLOCK);
        assertThat(reads.onRead(0, READ, 1L << 30, PLENTY)).isEqualTo(new ReadPlan.Range(READ, 2L * READ));
        assertThat(reads.onRead(READ, READ, 1L << 30, PLENTY)).isEqualTo(new ReadPlan.Range(2L * READ, 4L * READ));
        assertThat(reads.onRead(2L * READ, READ, 1L << 30, PLENTY)).isEqualTo(new ReadPlan.Range(4L * READ, 7L * READ));
    }

    @Test
    void aReaderOfLargePiecesGetsWholeBlocksAfterItsFirstOne() {
        var reads = new SequentialReads(BLOCK);
        List<ReadPlan.Range> loads = new ArrayList<>();
        for (long at = 8L * BLOCK; at < 16L * BLOCK; at += MIB) {
            ReadPlan.Range load = reads.onRead(at, MIB, 1L << 30, PLENTY);
            if (load != null) {
                loads.add(load);
            }
        }
        List<ReadPlan.Range> small =
                loads.stream().filter(load -> load.to() % BLOCK != 0).toList();
        assertThat(small).as("%s", loads).hasSizeLessThanOrEqualTo(2);
        assertThat(loads.getLast().to()).isGreaterThanOrEqualTo(17L * BLOCK);
    }

    @Test
    void readsOfSingleBlocksHereAndThereLoadLittleOfTheNextOne() {
        var reads = new SequentialReads(BLOCK);
        long loaded = 0;
        for (long block : new long[] {7, 3, 90, 12}) {
            for (long at = 0; at < BLOCK; at += MIB) {
                ReadPlan.Range load = reads.onRead(block * BLOCK + at, MIB, 1L << 30, PLENTY);
                if (load != null) {
                    loaded += Math.max(0, load.to() - Math.max(load.from(), (block + 1) * BLOCK));
                }
            }
        }
        assertThat(loaded).isLessThanOrEqualTo(4L * MIB);
    }

    @Test
    void oneOfManyReadersStaysWithinItsShare() {
        long share = 2L * BLOCK;
        var reads = new SequentialReads(BLOCK);
        for (long at = 0; at < 32L * BLOCK; at += MIB) {
            ReadPlan.Range load = reads.onRead(at, MIB, 1L << 30, share);
            if (load != null) {
                assertThat(load.to() - at).isLessThanOrEqualTo(share + MIB);
            }
        }
    }

    @Test
    void randomReadsLoadNothing() {
        Seeds.forEach(100, random -> {
            var reads = new SequentialReads(BLOCK);
            long next = 0;
            for (int i = 0; i < 200; i++) {
                long offset = 1 + random.nextLong(1L << 40);
                if (offset != next) {
                    assertThat(reads.onRead(offset, 4096, 1L << 41, PLENTY)).isNull();
                }
                next = offset + 4096;
            }
        });
    }

    @Test
    void readsThatOvertakeEachOtherAreStillSequential() {
        Seeds.forEach(100, random -> {
            long length = 64L << 20;
            var reads = new SequentialReads(BLOCK);
            List<ReadPlan.Range> loads = new ArrayList<>();
            for (long at = 0; at < length; at += 4L * READ) {
                List<Long> batch = new ArrayList<>(List.of(at, at + READ, at + 2L * READ, at + 3L * READ));
                if (at > 0) {
                    Collections.shuffle(batch, random);
                }
                for (long offset : batch) {
                    ReadPlan.Range load = reads.onRead(offset, READ, length, PLENTY);
                    if (load != null) {
                        loads.add(load);
                    }
                }
            }
            for (int i = 1; i < loads.size(); i++) {
                assertThat(loads.get(i).from())
                        .isGreaterThanOrEqualTo(loads.get(i - 1).to());
            }
            long loaded =
                    loads.stream().mapToLong(load -> load.to() - load.from()).sum();
            assertThat(loaded).isGreaterThan(length * 9 / 10);
            assertThat(loads.getLast().to()).isEqualTo(length);
        });
    }

    @Test
    void aJumpShutsTheWindowAndSequenceOpensItAgain() {
        var reads = new SequentialReads(BLOCK);
        for (int i = 0; i < 100; i++) {
            reads.onRead((long) i * READ, READ, 1L << 40, PLENTY);
        }
        assertThat(reads.onRead(1L << 30, READ, 1L << 40, PLENTY)).isNull();
        assertThat(reads.onRead((1L << 30) + READ, READ, 1L << 40, PLENTY))
                .isEqualTo(new ReadPlan.Range((1L << 30) + 2L * READ, (1L << 30) + 3L * READ));
    }

    @Test
    void nothingIsLoadedBehindTheEnd() {
        var reads = new SequentialReads(BLOCK);
        assertThat(reads.onRead(0, 1000, 1000, PLENTY)).isNull();
        assertThat(new SequentialReads(BLOCK).onRead(0, 1000, 1001, PLENTY)).isEqualTo(new ReadPlan.Range(1000, 1001));
    }
}
