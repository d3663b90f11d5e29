package io.blockring.objectstore.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * How the blocks of a volume are compressed. Each block is compressed alone, whether that makes it shorter or not:
 * nothing in an object says how it was made, and its reader knows the plain length.
 */
public enum Compression {
    NONE("none") {
        @Override
        public int maxBytes(int plainBytes) {
            return plainBytes;
        }

        @Override
        int compress(ByteBuffer plain, ByteBuffer into) {
            int bytes = plain.remaining();
            into.duplicate().put(plain.duplicate());
            return bytes;
        }

        @Override
        int decompress(ByteBuffer from, ByteBuffer plain) throws MalformedException {
            int bytes = from.remaining();
            if (bytes > plain.remaining()) {
                throw new MalformedException("it has more bytes than the block");
            }
            plain.duplicate().put(from.duplicate());
            return bytes;
        }
    },

    /** A raw LZ4 block, without frame or length. */
    LZ4("lz4") {
        @Override
        public int maxBytes(int plainBytes) {
            return plainBytes + plainBytes / 255 + 16;
        }

        @Override
        int compress(ByteBuffer plain, ByteBuffer into) {
            return LZ4Factory.fastestInstance()
                    .fastCompressor()
                    .compress(plain, plain.position(), plain.remaining(), into, into.position(), into.remaining());
        }

        @Override
        int decompress(ByteBuffer from, ByteBuffer plain) throws MalformedException {
            try {
                return LZ4Factory.fastestInstance()
                        .safeDecompressor()
                        .decompress(
                                from, from.position(), from.remaining(), plain, plain.position(), plain.remaining());
            } catch (LZ4Exception e) {
                throw new MalformedException("LZ4 does not understand it", e);
            }
        }
    },

    /** One zstd frame. */
    ZSTD("zstd") {
        @Override
        public int maxBytes(int plainBytes) {
            return Math.toIntExact(Zstd.compressBound(plainBytes));
        }

        @Override
        int compress(ByteBuffer plain, ByteBuffer into) {
            return Math.toIntExact(Zstd.compressDirectByteBuffer(
                    into, into.position(), into.remaining(), plain, plain.position(), plain.remaining(), ZSTD_LEVEL));
        }

        @Override
        int decompress(ByteBuffer from, ByteBuffer plain) throws MalformedException {
            try {
                return Math.toIntExact(Zstd.decompressDirectByteBuffer(
                        plain, plain.position(), plain.remaining(), from, from.position(), from.remaining()));
            } catch (ZstdException e) {
                throw new MalformedException("zstd does not understand it", e);
            }
        }
    };

    /** The level that the volume format names. */
    private static final int ZSTD_LEVEL = 1;

    private final String word;

    Compression(String word) {
        this.word = word;
    }

    /** How the volume format calls it. */
    public String word() {
        return word;
    }

    /** The compression that the volume format calls so, for which no word means none. */
    public static Optional<Compression> of(String word) {
        return word.isEmpty()
                ? Optional.of(NONE)
                : Arrays.stream(values())
                        .filter(known -> known.word.equals(word))
                        .findFirst();
    }

    /** The most bytes that a block of {@code plainBytes} bytes can have when it is compressed. */
    public abstract int maxBytes(int plainBytes);

    /** Compresses one buffer into the other, both direct, and leaves their positions; returns the bytes written. */
    abstract int compress(ByteBuffer plain, ByteBuffer into);

    /** The other way round; no more is written than there is room for. */
    abstract int decompress(ByteBuffer from, ByteBuffer plain) throws MalformedException;
}
