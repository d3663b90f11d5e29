package io.blockring.block;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The one encoding of a {@link BlockKey}: what is hashed, sent and written.
 *
 * <p>All integers are big-endian.
 *
 * <pre>
 * Slice, 26 bytes                       Piece, 31 bytes and the ETag
 *  0  u8   1                             0  u8   2
 *  1  u32  volumeId                      1  u32  bucketId
 *  5  u32  incarnation                   5  u64  objectHash, high half
 *  9  u64  sliceId                      13  u64  objectHash, low half
 * 17  u32  index                        21  u32  index
 * 21  u32  plainBytes                   25  u32  plainBytes
 * 25  u8   form: 0 plain, 1 stored      29  u16  length of the ETag, 1 to 128
 *                                       31  ETag, ASCII
 * </pre>
 */
public final class BlockKeyCodec {
    /** No encoded key is longer. */
    public static final int MAX_ENCODED_BYTES = 31 + BlockKey.MAX_ETAG_BYTES;

    private static final byte SLICE = 1;
    private static final byte PIECE = 2;
    private static final int SLICE_BYTES = 26;
    private static final int PIECE_BYTES = 31;

    private BlockKeyCodec() {}

    /** The canonical bytes of {@code key}: equal keys have equal bytes, different keys have different bytes. */
    public static byte[] encode(BlockKey key) {
        return switch (key) {
            case BlockKey.Slice slice ->
                ByteBuffer.allocate(SLICE_BYTES)
                        .put(SLICE)
                        .putInt(slice.volumeId())
                        .putInt(slice.incarnation())
                        .putLong(slice.sliceId())
                        .putInt(slice.index())
                        .putInt(slice.plainBytes())
                        .put((byte) (slice.form() == BlockKey.Form.PLAIN ? 0 : 1))
                        .array();
            case BlockKey.Piece piece ->
                ByteBuffer.allocate(PIECE_BYTES + piece.eTag().length())
                        .put(PIECE)
                        .putInt(piece.bucketId())
                        .putLong(piece.objectHash().high())
                        .putLong(piece.objectHash().low())
                        .putInt(piece.index())
                        .putInt(piece.plainBytes())
                        .putShort((short) piece.eTag().length())
                        .put(piece.eTag().getBytes(StandardCharsets.US_ASCII))
                        .array();
        };
    }

    /**
     * The key that {@code encoded} holds from its first to its last byte.
     *
     * @throws IllegalArgumentException when these are not the bytes of a key, whatever they are
     */
    public static BlockKey decode(byte[] encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.BIG_ENDIAN);
        try {
            BlockKey key = switch (bytes.get()) {
                case SLICE -> decodeSlice(bytes);
                case PIECE -> decodePiece(bytes);
                default -> throw new IllegalArgumentException("no such kind of block key: " + encoded[0]);
            };
            if (bytes.hasRemaining()) {
                throw new IllegalArgumentException(bytes.remaining() + " bytes behind a block key");
            }
            return key;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a block key was cut off after " + encoded.length + " bytes", e);
        }
    }

    private static BlockKey decodeSlice(ByteBuffer bytes) {
        return new BlockKey.Slice(
                bytes.getInt(), bytes.getInt(), bytes.getLong(), bytes.getInt(), bytes.getInt(), form(bytes.get()));
    }

    private static BlockKey.Form form(byte code) {
        return switch (code) {
            case 0 -> BlockKey.Form.PLAIN;
            case 1 -> BlockKey.Form.STORED;
            default -> throw new IllegalArgumentException("no such form of a block: " + code);
        };
    }

    private static BlockKey decodePiece(ByteBuffer bytes) {
        int bucketId = bytes.getInt();
        var objectHash = new BlockHash(bytes.getLong(), bytes.getLong());
        int index = bytes.getInt();
        int plainBytes = bytes.getInt();
        int eTagBytes = Short.toUnsignedInt(bytes.getShort());
        if (eTagBytes > BlockKey.MAX_ETAG_BYTES) {
            throw new IllegalArgumentException("an ETag of " + eTagBytes + " bytes");
        }
        byte[] eTag = new byte[eTagBytes];
        bytes.get(eTag);
        return new BlockKey.Piece(
                bucketId, objectHash, new String(eTag, StandardCharsets.ISO_8859_1), index, plainBytes);
    }
}
