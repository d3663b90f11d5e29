package io.blockring.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** The bytes that every figure reads: of each block others, and the same at each start. */
final class Pattern {
    /** Bytes of a block, and of a request. */
    static final int BLOCK_BYTES = 4 << 20;

    private Pattern() {}

    /** Fills memory of one block with the bytes of block {@code index}. */
    static void fill(long index, MemorySegment block) {
        var random = new SplittableRandom(index);
        long words = block.byteSize() / Long.BYTES;
        for (long i = 0; i < words; i++) {
            block.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
        }
    }

    static void write(Path path, long bytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        try (var file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long index = 0; index < bytes / BLOCK_BYTES; index++) {
                fill(index, MemorySegment.ofBuffer(block.clear()));
                while (block.hasRemaining()) {
                    file.write(block);
                }
            }
            file.force(false);
        }
    }

    /** Reads a whole file and fails unless it is what {@link #write} wrote. */
    static void verify(Path path, long bytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        ByteBuffer expected = ByteBuffer.allocateDirect(BLOCK_BYTES);
        try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
            for (long index = 0; index < bytes / BLOCK_BYTES; index++) {
                fill(index, MemorySegment.ofBuffer(expected));
                readWhole(file, block.clear());
                check(index, MemorySegment.ofBuffer(block.flip()), MemorySegment.ofBuffer(expected));
            }
        }
    }

    private static void readWhole(ReadableByteChannel file, ByteBuffer block) throws IOException {
        int read = 0;
        while (block.hasRemaining() && read >= 0) {
            read = file.read(block);
        }
    }

    /** Fails when the bytes of block {@code index} are others. */
    static void check(long index, MemorySegment block, MemorySegment expected) throws IOException {
        long mismatch = block.mismatch(expected);
        if (mismatch >= 0) {
            throw new IOException("WRONG BYTES: block " + index + " differs from byte " + mismatch + " on");
        }
    }
}
