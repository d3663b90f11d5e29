package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandleReadsTest {
    private static final int BLOCK = 4 << 20;
    private static final int READ = 128 << 10;
    private static final long PLENTY = 1L << 30;

    @Test
    void whatWasAskedForIsNotLoaded() {
        var reads = new HandleReads(BLOCK);
        assertThat(reads.onRead(2L * READ, READ, PLENTY, PLENTY)).isEmpty();
        assertThat(reads.onRead(0, READ, PLENTY, PLENTY)).isEmpty();
        assertThat(reads.onRead(READ, READ, PLENTY, PLENTY))
                .as("it looks like a sequence that goes on with what the first read is fetching")
                .isEmpty();
        assertThat(reads.notAsked(new ReadPlan.Range(0, 5L * READ)))
                .containsExactly(new ReadPlan.Range(3L * READ, 5L * READ));
        assertThat(reads.notAsked(new ReadPlan.Range(READ / 2, READ))).isEmpty();
    }

    /** However a batch of reads is shuffled, nothing is loaded that was asked for. */
    @Test
    void readsThatOvertakeOneAnotherFetchNothingTwice() {
        Seeds.forEach(200, random -> {
            var reads = new HandleReads(BLOCK);
            long length = 16L << 20;
            boolean[] asked = new boolean[(int) (length / READ)];
            for (long at = 0; at < length; at += 8L * READ) {
                List<Long> batch = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    batch.add(at + (long) i * READ);
                }
                Collections.shuffle(batch, random);
                for (long offset : batch) {
                    List<ReadPlan.Range> loads = reads.onRead(offset, READ, length, PLENTY);
                    asked[(int) (offset / READ)] = true;
                    for (ReadPlan.Range load : loads) {
                        for (long loaded = load.from(); loaded < load.to(); loaded += READ) {
                            assertThat(asked[(int) (loaded / READ)])
                                    .as("%d is loaded after it was asked for", loaded)
                                    .isFalse();
                        }
                    }
                }
            }
        });
    }
}
