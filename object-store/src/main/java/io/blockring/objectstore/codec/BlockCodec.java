package io.blockring.objectstore.codec;

import io.blockring.block.BlockKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Turns blocks into the objects of a volume and back: a block is compressed, then encrypted. What comes out of an
 * object is the block or an error that names the object. Safe for use by many threads.
 */
public final class BlockCodec {
    /** Objects are blocks as they are. */
    public static final BlockCodec PLAIN = new BlockCodec(Compression.NONE, null);

    private final Compression compression;
    private final @Nullable ObjectCipher cipher;

    private BlockCodec(Compression compression, @Nullable ObjectCipher cipher) {
        this.compression = compression;
        this.cipher = cipher;
    }

    /** Objects are not encrypted. */
    public static BlockCodec of(Compression compression) {
        return new BlockCodec(compression, null);
    }

    /** Objects are compressed, then encrypted. */
    public static BlockCodec of(Compression compression, ObjectCipher cipher) {
        return new BlockCodec(compression, cipher);
    }

    /**
     * The codec that the settings of a volume name.
     *
     * @param compression a word of the volume format
     * @param algorithm a word of the volume format, which counts when there is a key
     * @param pem the volume's private key; empty when objects are not encrypted
     */
    public static BlockCodec of(String compression, String algorithm, String pem, Passphrase passphrase)
            throws VolumeKeyException {
        Compression compressed = Compression.of(compression)
                .orElseThrow(() -> new IllegalArgumentException("no compression is called '" + compression + "'"));
        if (pem.isEmpty()) {
            return of(compressed);
        }
        CipherAlgorithm encrypted = CipherAlgorithm.of(algorithm)
                .orElseThrow(() -> new IllegalArgumentException("no encryption is called '" + algorithm + "'"));
        return of(compressed, new ObjectCipher(VolumeKey.fromPem(pem, passphrase), encrypted));
    }

    /**
     * The most bytes that a cache without any key can meet as one block in the form that its key names, whatever the
     * compression and the length of the volume's RSA key.
     */
    public static int maxHeldBytes(BlockKey key) {
        return switch (key.form()) {
            case PLAIN -> key.plainBytes();
            case STORED ->
                Math.max(Compression.LZ4.maxBytes(key.plainBytes()), Compression.ZSTD.maxBytes(key.plainBytes()))
                        + ObjectCipher.MAX_OVERHEAD_BYTES;
        };
    }

    /** Whether an object has the bytes of its block, so that a part of it can be read alone. */
    public boolean isPlain() {
        return compression == Compression.NONE && cipher == null;
    }

    public Compression compression() {
        return compression;
    }

    /** In which form caches hold these blocks: those who have no key hold what is encrypted as it is. */
    public BlockKey.Form form() {
        return cipher == null ? BlockKey.Form.PLAIN : BlockKey.Form.STORED;
    }

    /** The most bytes that the object of a block can have: a longer one is none of ours. */
    public int maxObjectBytes(int plainBytes) {
        return compression.maxBytes(plainBytes) + (cipher == null ? 0 : cipher.overheadBytes());
    }

    /** The object of a block: memory of {@code arena}, or {@code plain} itself when objects are plain. */
    public MemorySegment encode(MemorySegment plain, Arena arena) {
        if (isPlain()) {
            return plain;
        }
        int plainBytes = Math.toIntExact(plain.byteSize());
        MemorySegment object = arena.allocate(maxObjectBytes(plainBytes));
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment content = inNativeMemory(plain, scratch);
            return object.asSlice(0, encode(content, object, scratch));
        }
    }

    private static MemorySegment inNativeMemory(MemorySegment bytes, Arena scratch) {
        return bytes.isNative() ? bytes : scratch.allocate(bytes.byteSize()).copyFrom(bytes);
    }

    private int encode(MemorySegment plain, MemorySegment object, Arena scratch) {
        if (cipher == null) {
            return compression.compress(plain.asByteBuffer(), object.asByteBuffer());
        }
        MemorySegment content = plain;
        if (compression != Compression.NONE) {
            MemorySegment room = scratch.allocate(compression.maxBytes((int) plain.byteSize()));
            content = room.asSlice(0, compression.compress(plain.asByteBuffer(), room.asByteBuffer()));
        }
        return cipher.encrypt(content.asByteBuffer(), object.asByteBuffer());
    }

    /**
     * Fills {@code plain}, which is as long as the block, from its object.
     *
     * @param key names the object when it is damaged; what is in {@code plain} then means nothing
     */
    public void decode(String key, MemorySegment object, MemorySegment plain) throws DamagedObjectException {
        int plainBytes = Math.toIntExact(plain.byteSize());
        if (object.byteSize() > maxObjectBytes(plainBytes)) {
            throw new DamagedObjectException(
                    key, "%d bytes are too many for a block of %d".formatted(object.byteSize(), plainBytes));
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment from = inNativeMemory(object, scratch);
            MemorySegment into = plain.isNative() ? plain : scratch.allocate(plainBytes);
            int decoded = decode(from, into, scratch);
            if (decoded != plainBytes) {
                throw new DamagedObjectException(
                        key, "it has the bytes of a block of %d, not of %d".formatted(decoded, plainBytes));
            }
            if (!plain.isNative()) {
                plain.copyFrom(into);
            }
        } catch (MalformedException e) {
            throw new DamagedObjectException(key, e.why(), e);
        }
    }

    private int decode(MemorySegment object, MemorySegment plain, Arena scratch) throws MalformedException {
        if (cipher == null) {
            return compression.decompress(object.asByteBuffer(), plain.asByteBuffer());
        }
        if (compression == Compression.NONE) {
            return cipher.decrypt(object.asByteBuffer(), plain.asByteBuffer());
        }
        MemorySegment room = scratch.allocate(compression.maxBytes((int) plain.byteSize()));
        int bytes = cipher.decrypt(object.asByteBuffer(), room.asByteBuffer());
        return compression.decompress(room.asSlice(0, bytes).asByteBuffer(), plain.asByteBuffer());
    }
}
