package io.blockring.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.ChunkView.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkViewTest {
    /** Bytes of the model chunk: small, so that records meet in every way. */
    private static final int MODEL_BYTES = 64;

    /** What one byte of a chunk is: offset {@code offset} of a slice, or zero. */
    private record Origin(long sliceId, int size, int offset) {
        private static final Origin ZERO = new Origin(0, 0, 0);
    }

    @Test
    void anEmptyChunkShowsNothing() {
        assertThat(ChunkView.of(List.of()).windows()).isEmpty();
        assertThat(ChunkView.of(List.of()).between(10, 30)).containsExactly(new Window(10, 20, 0, 0, 0));
    }

    @Test
    void aLaterRecordHidesTheMiddleOfAnEarlierOne() {
        ChunkView view = ChunkView.of(List.of(new SliceRecord(0, 1, 100, 0, 100), new SliceRecord(40, 2, 10, 0, 10)));

        assertThat(view.windows())
                .containsExactly(
                        new Window(0, 40, 1, 100, 0), new Window(40, 10, 2, 10, 0), new Window(50, 50, 1, 100, 50));
    }

    @Test
    void zerosAndHolesBecomeOneWindow() {
        ChunkView view = ChunkView.of(List.of(
                new SliceRecord(10, 1, 30, 0, 30), new SliceRecord(10, 0, 0, 0, 5), new SliceRecord(50, 0, 0, 0, 6)));

        assertThat(view.windows())
                .containsExactly(new Window(0, 15, 0, 0, 0), new Window(15, 25, 1, 30, 5), new Window(40, 16, 0, 0, 0));
        assertThat(view.end()).isEqualTo(56);
    }

    @Test
    void everyByteShowsWhatWasLaidOverItLast() {
        Seeds.forEach(2000, random -> {
            var model = new Origin[MODEL_BYTES];
            List<SliceRecord> records = someRecords(random, model);

            ChunkView view = ChunkView.of(records);

            int end = records.stream()
                    .filter(slice -> slice.length() > 0)
                    .mapToInt(slice -> slice.position() + slice.length())
                    .max()
                    .orElse(0);
            assertThat(view.end()).isEqualTo(end);
            assertShows(view.windows(), 0, end, model);
            int from = random.nextInt(MODEL_BYTES);
            int to = from + random.nextInt(MODEL_BYTES - from) + 1;
            assertShows(view.between(from, to), from, to, model);
        });
    }

    private static List<SliceRecord> someRecords(Random random, Origin[] model) {
        Arrays.fill(model, Origin.ZERO);
        var records = new ArrayList<SliceRecord>();
        for (int id = 1; id <= random.nextInt(12); id++) {
            int position = random.nextInt(MODEL_BYTES);
            int length = random.nextInt(MODEL_BYTES - position + 1);
            boolean zeros = random.nextInt(5) == 0;
            int offset = zeros ? 0 : random.nextInt(20);
            int size = zeros ? 0 : offset + length + random.nextInt(5);
            records.add(new SliceRecord(position, zeros ? 0 : id, size, offset, length));
            for (int i = 0; i < length; i++) {
                model[position + i] = zeros ? Origin.ZERO : new Origin(id, size, offset + i);
            }
        }
        return records;
    }

    private static void assertShows(List<Window> windows, int from, int to, Origin[] model) {
        int reached = from;
        boolean zerosBefore = false;
        for (Window window : windows) {
            assertThat(window.position()).isEqualTo(reached);
            assertThat(window.length()).isPositive();
            assertThat(zerosBefore && window.isZeros())
                    .as("two windows of zeros side by side")
                    .isFalse();
            for (int i = 0; i < window.length(); i++) {
                Origin shown = window.isZeros()
                        ? Origin.ZERO
                        : new Origin(window.sliceId(), window.size(), window.offset() + i);
                assertThat(shown).isEqualTo(model[reached + i]);
            }
            reached = window.end();
            zerosBefore = window.isZeros();
        }
        assertThat(reached).isEqualTo(to);
    }
}
