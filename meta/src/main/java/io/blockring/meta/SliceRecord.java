package io.blockring.meta;

/**
 * One record of a chunk: a window into the data of a slice, laid over all earlier records of the chunk.
 *
 * @param position where the window starts in its chunk, in bytes
 * @param sliceId whose data; 0 stands for zeros
 * @param size bytes of the whole slice, which name its objects
 * @param offset where the window starts in the slice
 * @param length bytes of the window
 */
public record SliceRecord(int position, long sliceId, int size, int offset, int length) {
    public SliceRecord {
        if (position < 0
                || sliceId < 0
                || size < 0
                || offset < 0
                || length < 0
                || (long) position + length > FileTree.CHUNK_BYTES
                || (sliceId != 0 && (long) offset + length > size)) {
            throw new IllegalArgumentException("no such slice: id %d, position %d, size %d, offset %d, length %d"
                    .formatted(sliceId, position, size, offset, length));
        }
    }

    public boolean isZeros() {
        return sliceId == 0;
    }
}
