package io.blockring.block;

/**
 * Names the bytes of one block for good: a block never changes, so nothing that holds one can be out of date.
 *
 * <p>The encoding and the hash of a key are part of the wire and disk formats; see {@link BlockKeyCodec}.
 */
public sealed interface BlockKey {
    /** The largest block of any volume, in plain bytes (the volume format allows 64 KiB to 16 MiB). */
    int MAX_PLAIN_BYTES = 16 << 20;

    /** How long an ETag may be, in ASCII characters without its quotes. */
    int MAX_ETAG_BYTES = 128;

    /** In which form the cache holds the bytes of a block. */
    enum Form {
        /** As the reader of a file sees them: never compressed, never encrypted. */
        PLAIN,
        /** As the object store holds them: the cache cannot open them, the client can. */
        STORED
    }

    /** Number of the block inside its slice or object, from 0. */
    int index();

    /** How many bytes the block has once it is plain, from 1 to {@link #MAX_PLAIN_BYTES}. */
    int plainBytes();

    /** In which form the cache holds the block. */
    Form form();

    /** The 128-bit hash of the canonical encoding: it places the block in the ring and finds it in an index. */
    default BlockHash hash() {
        return BlockHash.of(BlockKeyCodec.encode(this));
    }

    /**
     * Piece {@code index} of a slice of a volume.
     *
     * @param volumeId given by the cache group for one pair of volume UUID and storage
     * @param incarnation raised when slice ids of the volume may come back
     * @param sliceId from the volume's metadata, above 0
     */
    record Slice(int volumeId, int incarnation, long sliceId, int index, int plainBytes, Form form)
            implements BlockKey {
        public Slice {
            if (volumeId < 0 || incarnation < 0 || sliceId <= 0) {
                throw new IllegalArgumentException(
                        "no such slice: volume " + volumeId + "." + incarnation + ", slice " + sliceId);
            }
            checkPlace(index, plainBytes);
        }
    }

    /**
     * Piece {@code index} of one version of an object in a bucket.
     *
     * @param objectHash hash of the object's key, UTF-8
     * @param eTag the version, without quotes
     */
    record Piece(int bucketId, BlockHash objectHash, String eTag, int index, int plainBytes) implements BlockKey {
        public Piece {
            if (bucketId < 0 || eTag.isEmpty() || eTag.length() > MAX_ETAG_BYTES || !isAscii(eTag)) {
                throw new IllegalArgumentException("no such object: bucket " + bucketId + ", ETag \"" + eTag + "\"");
            }
            checkPlace(index, plainBytes);
        }

        @Override
        public Form form() {
            return Form.PLAIN;
        }

        private static boolean isAscii(String text) {
            return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
        }
    }

    private static void checkPlace(int index, int plainBytes) {
        if (index < 0 || plainBytes <= 0 || plainBytes > MAX_PLAIN_BYTES) {
            throw new IllegalArgumentException("no such block: index " + index + ", " + plainBytes + " bytes");
        }
    }
}
