package io.blockring.objectstore.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Objects that JuiceFS 1.0.2 wrote with blocks of 256 KiB, and the SHA-256 of the files that it read from them. */
class JuiceFsObjectsTest {
    private static final List<Compression> COMPRESSIONS = List.of(Compression.LZ4, Compression.ZSTD);

    @Test
    void theBlocksOfJuiceFsAreTheBytesThatItReads() throws Exception {
        for (Compression compression : COMPRESSIONS) {
            assertThat(sha256(blocks(compression, "1_0_1024", "5_0_5000")))
                    .isEqualTo("c7cc5e0b5eec79f26edf69b6daed272f1b865c57f68dbac2afe3a92ee45f1f35");
            assertThat(sha256(blocks(compression, "8_0_3000", "9_0_4000", "10_0_5000")))
                    .isEqualTo("dc0230ea460fa6ca4aa5f2434628e9af5b106ac7ba993ff447b4b2aa79430cc0");
            assertThat(sha256(blocks(compression, "14_0_5")))
                    .isEqualTo("fed396fb1298997c4d5d8d276b2757e1d8c6ce521e9a1d09b0b480ac07713f79");
        }
    }

    @Test
    void fullBlocksOfJuiceFsAreTheBytesThatItReads() throws Exception {
        for (Compression compression : COMPRESSIONS) {
            byte[] written = blocks(compression, "2_0_262144", "2_1_262144", "2_2_262144", "2_3_262144");
            byte[] cutAndGrown = Arrays.copyOf(Arrays.copyOf(written, 1_000_000), 9_000_000);
            assertThat(sha256(cutAndGrown))
                    .isEqualTo("c7634a0d134673cb418c95a348307d47926b6292e403b3c4f1ff93578c064fd9");
        }
    }

    private static byte[] blocks(Compression compression, String... names) throws Exception {
        var bytes = new ByteArrayOutputStream();
        for (String name : names) {
            byte[] plain = new byte[Integer.parseInt(name.substring(name.lastIndexOf('_') + 1))];
            byte[] object = Resources.bytes("juicefs/" + compression.word() + "/" + name);
            BlockCodec.of(compression).decode(name, MemorySegment.ofArray(object), MemorySegment.ofArray(plain));
            bytes.writeBytes(plain);
        }
        return bytes.toByteArray();
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
