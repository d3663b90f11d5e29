package io.blockring.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.blockring.block.testing.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BlockHashTest {
    @Test
    void theTestVectorsHold() {
        assertThat(hash("")).isEqualTo("00000000000000000000000000000000");
        assertThat(hash("The quick brown fox jumps over the lazy dog")).isEqualTo("e34bbc7bbc071b6c7a433ca9c49a9347");
    }

    @Test
    void itIsMurmur3OfAnotherLibrary() {
        Seeds.forEach(300, random -> {
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            ByteBuffer theirs = ByteBuffer.wrap(
                            Hashing.murmur3_128().hashBytes(bytes).asBytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
            assertThat(BlockHash.of(bytes)).isEqualTo(new BlockHash(theirs.getLong(), theirs.getLong()));
        });
    }

    private static String hash(String text) {
        return BlockHash.of(text.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
