package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PartFetchesTest {
    private static final BlockKey.Slice KEY = new BlockKey.Slice(0, 0, 1, 0, 1 << 20, BlockKey.Form.PLAIN);

    @Test
    void eachPartIsFetchedOnceByWhoeverHelps() {
        Seeds.forEach(50, random -> {
            int count = 1 + random.nextInt(40);
            MemorySegment memory = MemorySegment.ofArray(new byte[count]);
            var fetches = new PartFetches(parts(memory), part -> {
                byte before = part.into().get(ValueLayout.JAVA_BYTE, 0);
                part.into().set(ValueLayout.JAVA_BYTE, 0, (byte) (before + 1));
            });
            try (var helpers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = random.nextInt(4); i > 0; i--) {
                    helpers.execute(fetches);
                }
                fetches.run();
                fetches.await();
                assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void whoWaitsGoesOnOnlyWhenNoHelperWritesAnyMore() throws Exception {
        var begun = new CountDownLatch(2);
        var gate = new CountDownLatch(1);
        var written = new AtomicInteger();
        var reader = Thread.currentThread();
        var fetches = new PartFetches(parts(MemorySegment.ofArray(new byte[2])), _ -> {
            begun.countDown();
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            if (!Thread.currentThread().equals(reader)) {
                assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
            }
            written.incrementAndGet();
        });
        try (var helpers = Executors.newVirtualThreadPerTaskExecutor()) {
            helpers.execute(fetches);
            fetches.run();
            helpers.execute(gate::countDown);
            fetches.await();
            assertThat(written).hasValue(2);
        }
    }

    @Test
    void oneFailureFailsTheReadAndBeginsNoFurtherPart() {
        var begun = new AtomicInteger();
        var fetches = new PartFetches(parts(MemorySegment.ofArray(new byte[5])), _ -> {
            begun.incrementAndGet();
            throw new IOException("as the test wants it");
        });
        fetches.run();
        assertThatThrownBy(fetches::await).hasMessage("as the test wants it");
        assertThat(begun).hasValue(1);
    }

    @Test
    void aThreadThatBreaksDownFailsTheRead() {
        var fetches = new PartFetches(parts(MemorySegment.ofArray(new byte[1])), _ -> {
            throw new StackOverflowError("as the test wants it");
        });
        assertThatThrownBy(fetches::run).isInstanceOf(StackOverflowError.class);
        assertThatThrownBy(fetches::await).isInstanceOf(IOException.class);
    }

    private static List<ReadPlan.Part> parts(MemorySegment memory) {
        List<ReadPlan.Part> parts = new ArrayList<>();
        for (int i = 0; i < memory.byteSize(); i++) {
            parts.add(new ReadPlan.Part(KEY, i, memory.asSlice(i, 1)));
        }
        return parts;
    }
}
