package io.blockring.objectstore.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockCodecTest {
    private static final String KEY = "lab/chunks/0/0/7_0_300";

    private static List<BlockCodec> all() throws IOException, VolumeKeyException {
        VolumeKey key = Resources.key();
        var codecs = new ArrayList<BlockCodec>();
        for (Compression compression : Compression.values()) {
            codecs.add(BlockCodec.of(compression));
            for (CipherAlgorithm algorithm : CipherAlgorithm.values()) {
                codecs.add(BlockCodec.of(compression, new ObjectCipher(key, algorithm)));
            }
        }
        return codecs;
    }

    /** Some bytes over and over, or noise. */
    private static byte[] someBlock(Random random, int bytes) {
        byte[] block = new byte[bytes];
        random.nextBytes(block);
        int period = 1 + random.nextInt(2 * bytes);
        for (int i = period; i < bytes; i++) {
            block[i] = block[i - period];
        }
        return block;
    }

    @Test
    void whatWasEncodedIsDecodedWhateverItIsAndWhereverItLies() throws Exception {
        List<BlockCodec> codecs = all();
        Seeds.forEach(8, random -> {
            byte[] block = someBlock(random, 1 + random.nextInt(1 << (1 + random.nextInt(18))));
            for (BlockCodec codec : codecs) {
                assertComesBack(codec, block);
            }
        });
    }

    @Test
    void theLargestBlockOfNoiseFitsTheBoundsOfItsObject() throws Exception {
        byte[] noise = new byte[BlockKey.MAX_PLAIN_BYTES];
        new Random(1).nextBytes(noise);
        for (BlockCodec codec : all()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment object = codec.encode(MemorySegment.ofArray(noise), arena);
                var key = new BlockKey.Slice(1, 1, 1, 0, noise.length, codec.form());
                assertThat(object.byteSize()).isLessThanOrEqualTo(codec.maxObjectBytes(noise.length));
                if (codec.form() == BlockKey.Form.STORED) {
                    assertThat(codec.maxObjectBytes(noise.length)).isLessThanOrEqualTo(BlockCodec.maxHeldBytes(key));
                }
                MemorySegment into = arena.allocate(noise.length);
                codec.decode(KEY, object, into);
                assertThat(into.mismatch(MemorySegment.ofArray(noise))).isEqualTo(-1);
            }
        }
    }

    private static void assertComesBack(BlockCodec codec, byte[] block) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment inNative = arena.allocate(block.length).copyFrom(MemorySegment.ofArray(block));
            for (MemorySegment plain : List.of(inNative, MemorySegment.ofArray(block))) {
                MemorySegment object = codec.encode(plain, arena);
                assertThat(object.byteSize()).isLessThanOrEqualTo(codec.maxObjectBytes(block.length));
                var key = new BlockKey.Slice(1, 1, 1, 0, block.length, codec.form());
                if (codec.form() == BlockKey.Form.STORED) {
                    assertThat(object.byteSize()).isLessThanOrEqualTo(BlockCodec.maxHeldBytes(key));
                }
                byte[] onHeap = new byte[block.length];
                codec.decode(KEY, object, MemorySegment.ofArray(onHeap));
                assertThat(Arrays.equals(onHeap, block)).isTrue();
                MemorySegment into = arena.allocate(block.length);
                codec.decode(KEY, MemorySegment.ofArray(object.toArray(ValueLayout.JAVA_BYTE)), into);
                assertThat(into.mismatch(MemorySegment.ofArray(block))).isEqualTo(-1);
            }
        }
    }

    @Test
    void aPlainBlockIsItsObjectWithoutACopy() {
        MemorySegment block = MemorySegment.ofArray(new byte[10]);
        assertThat(BlockCodec.PLAIN.encode(block, Arena.global())).isSameAs(block);
    }

    @Test
    void whatIsEncryptedShowsNothingOfTheBlockAndIsNeverTheSameTwice() throws Exception {
        var codec = BlockCodec.of(Compression.NONE, new ObjectCipher(Resources.key(), CipherAlgorithm.AES_256_GCM));
        MemorySegment block = MemorySegment.ofArray(new byte[1 << 16]);
        byte[] first = codec.encode(block, Arena.ofAuto()).toArray(ValueLayout.JAVA_BYTE);
        byte[] second = codec.encode(block, Arena.ofAuto()).toArray(ValueLayout.JAVA_BYTE);
        for (int from = 3; from + 16 <= first.length; from += 16) {
            byte[] some = Arrays.copyOfRange(first, from, from + 16);
            assertThat(some).isNotEqualTo(new byte[16]);
            assertThat(some).isNotEqualTo(Arrays.copyOfRange(second, from, from + 16));
        }
    }

    @Test
    void everyFlippedByteAndCutsOfAnEncryptedObjectIsNoticedByName() throws Exception {
        for (CipherAlgorithm algorithm : CipherAlgorithm.values()) {
            var codec = BlockCodec.of(Compression.LZ4, new ObjectCipher(Resources.key(), algorithm));
            byte[] object = codec.encode(MemorySegment.ofArray(someBlock(new Random(2), 100)), Arena.ofAuto())
                    .toArray(ValueLayout.JAVA_BYTE);
            for (int at = 0; at < object.length; at++) {
                byte[] flipped = object.clone();
                flipped[at] ^= (byte) (1 << at % 8);
                assertDamaged(codec, flipped, 100);
                if (at % 16 == 0) {
                    assertDamaged(codec, Arrays.copyOf(object, at), 100);
                }
            }
            assertDamaged(codec, Arrays.copyOf(object, object.length + 1), 100);
        }
    }

    @Test
    void anObjectOfAnotherKeyOrAlgorithmOrLengthIsNotTheBlock() throws Exception {
        VolumeKey key = Resources.key();
        var aes = BlockCodec.of(Compression.NONE, new ObjectCipher(key, CipherAlgorithm.AES_256_GCM));
        var chacha = BlockCodec.of(Compression.NONE, new ObjectCipher(key, CipherAlgorithm.CHACHA20_POLY1305));
        byte[] object =
                aes.encode(MemorySegment.ofArray(new byte[300]), Arena.ofAuto()).toArray(ValueLayout.JAVA_BYTE);
        assertDamaged(chacha, object, 300);
        assertDamaged(aes, object, 299);
        assertDamaged(aes, object, 301);
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var pair = generator.generateKeyPair();
        var other = new VolumeKey((RSAPrivateCrtKey) pair.getPrivate(), (RSAPublicKey) pair.getPublic());
        assertDamaged(
                BlockCodec.of(Compression.NONE, new ObjectCipher(other, CipherAlgorithm.AES_256_GCM)), object, 300);
    }

    @Test
    void compressedObjectsOfAnotherLengthAreNotTheBlock() throws Exception {
        for (Compression compression : Compression.values()) {
            var codec = BlockCodec.of(compression);
            byte[] object = codec.encode(MemorySegment.ofArray(someBlock(new Random(3), 3000)), Arena.ofAuto())
                    .toArray(ValueLayout.JAVA_BYTE);
            assertDamaged(codec, object, 2999);
            assertDamaged(codec, object, 3001);
            assertDamaged(codec, new byte[0], 3000);
            assertDamaged(codec, Arrays.copyOf(object, object.length - 1), 3000);
            assertDamaged(codec, new byte[5000], 3000);
        }
    }

    /** LZ4 and zstd have no checksum here: what they make of damage may have the right length, and nothing more. */
    @Test
    void noDamageToACompressedObjectBreaksMoreThanItsBlock() {
        Seeds.forEach(500, random -> {
            for (Compression compression : List.of(Compression.LZ4, Compression.ZSTD)) {
                var codec = BlockCodec.of(compression);
                byte[] block = someBlock(random, 1 + random.nextInt(2000));
                byte[] object = codec.encode(MemorySegment.ofArray(block), Arena.ofAuto())
                        .toArray(ValueLayout.JAVA_BYTE);
                for (int i = random.nextInt(4); i >= 0; i--) {
                    object[random.nextInt(object.length)] = (byte) random.nextInt();
                }
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment room = arena.allocate(block.length + 64).fill((byte) 0x5a);
                    MemorySegment into = room.asSlice(32, block.length);
                    try {
                        codec.decode(KEY, MemorySegment.ofArray(object), into);
                    } catch (DamagedObjectException e) {
                        assertThat(e).hasMessageContaining(KEY);
                    }
                    for (int i = 0; i < 32; i++) {
                        assertThat(room.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) 0x5a);
                        assertThat(room.get(ValueLayout.JAVA_BYTE, 32 + block.length + i))
                                .isEqualTo((byte) 0x5a);
                    }
                }
            }
        });
    }

    private static void assertDamaged(BlockCodec codec, byte[] object, int plainBytes) {
        assertThatThrownBy(() ->
                        codec.decode(KEY, MemorySegment.ofArray(object), MemorySegment.ofArray(new byte[plainBytes])))
                .isInstanceOf(DamagedObjectException.class)
                .hasMessageContaining(KEY);
    }

    @Test
    void theWordsAreThoseOfTheVolumeFormat() {
        assertThat(Compression.of("")).contains(Compression.NONE);
        assertThat(Compression.of("none")).contains(Compression.NONE);
        assertThat(Compression.of("lz4")).contains(Compression.LZ4);
        assertThat(Compression.of("zstd")).contains(Compression.ZSTD);
        assertThat(Compression.of("gzip")).isEmpty();
        assertThat(CipherAlgorithm.of("")).contains(CipherAlgorithm.AES_256_GCM);
        assertThat(CipherAlgorithm.of("aes256gcm-rsa")).contains(CipherAlgorithm.AES_256_GCM);
        assertThat(CipherAlgorithm.of("chacha20-rsa")).contains(CipherAlgorithm.CHACHA20_POLY1305);
        assertThat(CipherAlgorithm.of("sm4gcm")).isEmpty();
    }
}
