package io.blockring.cachectl.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

/**
 * The data set of the quickstart: a few large files and many small ones, whose bytes follow from their number, so
 * that every byte read back can be compared with what it must be.
 */
record Sample(List<File> files) {
    private static final int LARGE_FILES = 8;
    private static final long LARGE_BYTES = 48L << 20;
    private static final int SMALL_FILES = 1000;
    private static final int SMALL_MIN_BYTES = 64 << 10;
    private static final int SMALL_MAX_BYTES = 200 << 10;
    private static final int FILES_PER_FOLDER = 100;
    private static final int BUFFER_BYTES = 1 << 20;
    private static final long SEED = 20_251;

    /** A file of the sample; its bytes follow from {@code seed}. */
    record File(String path, long bytes, long seed) {}

    /** The whole sample: 384 MiB in 8 files, and about 128 MiB in 1,000. */
    static Sample whole() {
        var sizes = new SplittableRandom(SEED);
        List<File> files = new ArrayList<>();
        for (int i = 0; i < LARGE_FILES; i++) {
            files.add(new File("large/%02d.bin".formatted(i), LARGE_BYTES, files.size()));
        }
        for (int i = 0; i < SMALL_FILES; i++) {
            String path = "small/%02d/%04d.bin".formatted(i / FILES_PER_FOLDER, i);
            files.add(new File(path, sizes.nextInt(SMALL_MIN_BYTES, SMALL_MAX_BYTES + 1), files.size()));
        }
        return new Sample(List.copyOf(files));
    }

    long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    /** Writes all files, telling {@code written} the bytes of each. */
    void write(SampleFiles into, LongConsumer written) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (File file : files) {
            try (OutputStream out = into.create(file.path())) {
                var bytes = new Content(file);
                for (int filled = bytes.next(buffer); filled > 0; filled = bytes.next(buffer)) {
                    out.write(buffer, 0, filled);
                }
            }
            written.accept(file.bytes());
        }
    }

    /**
     * Reads all files and compares each byte.
     *
     * @return the files that are not what was written
     */
    List<String> differences(SampleFiles from, LongConsumer read) throws IOException {
        byte[] expected = new byte[BUFFER_BYTES];
        byte[] actual = new byte[BUFFER_BYTES];
        List<String> different = new ArrayList<>();
        for (File file : files) {
            try (InputStream in = from.open(file.path())) {
                var bytes = new Content(file);
                boolean equal = true;
                for (int filled = bytes.next(expected); filled > 0 && equal; filled = bytes.next(expected)) {
                    equal = in.readNBytes(actual, 0, filled) == filled
                            && Arrays.equals(expected, 0, filled, actual, 0, filled);
                }
                if (!equal || in.read() >= 0) {
                    different.add(file.path());
                }
            }
            read.accept(file.bytes());
        }
        return different;
    }

    /** The bytes of one file from first to last: SplittableRandom's stream of longs, little-endian. */
    private static final class Content {
        private final SplittableRandom random;
        private long left;

        Content(File file) {
            random = new SplittableRandom(SEED + file.seed());
            left = file.bytes();
        }

        /** Fills {@code buffer} with what follows; returns the bytes that count, 0 at the end. */
        int next(byte[] buffer) {
            int count = (int) Math.min(left, buffer.length);
            ByteBuffer longs = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i += Long.BYTES) {
                longs.putLong(i, random.nextLong());
            }
            left -= count;
            return count;
        }
    }
}
