package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

class SizeClassTest {
    @Test
    void aBlockIsInTheLeastClassThatHoldsIt() {
        Seeds.forEach(1000, random -> {
            int byteCount = 1 + random.nextInt(1 << (4 + random.nextInt(21)));
            SizeClass sizeClass = SizeClass.of(byteCount);
            assertThat(sizeClass.payloadBytes()).isGreaterThanOrEqualTo(byteCount);
            assertThat(sizeClass.inIndex()).isEqualTo(byteCount <= 16 << 10);
            if (sizeClass.id() > 0) {
                assertThat(SizeClass.ALL.get(sizeClass.id() - 1).payloadBytes()).isLessThan(byteCount);
            }
        });
        assertThatIllegalArgumentException().isThrownBy(() -> SizeClass.of(17 << 20));
    }

    @Test
    void anEncryptedBlockThatDoesNotCompressStaysInTheClassOfThePlainOne() {
        for (int plain = 64 << 10; plain <= BlockKey.MAX_PLAIN_BYTES; plain *= 2) {
            int stored = plain + plain / 255 + 16 + 1024;
            assertThat(SizeClass.of(stored)).isEqualTo(SizeClass.of(plain));
        }
    }

    @Test
    void slotsKeepTheirDistance() {
        for (SizeClass sizeClass : SizeClass.ALL) {
            assertThat(sizeClass.strideBytes() % SizeClass.STRIDE_UNIT_BYTES).isZero();
            assertThat(sizeClass.strideBytes())
                    .isGreaterThanOrEqualTo(SizeClass.HEADER_BYTES + sizeClass.payloadBytes());
        }
    }

    @Test
    void eachDirectoryGetsBlocksByItsBytes() {
        var choice = new DirectoryChoice(List.of(100L, 300L, 600L));
        int[] blocks = new int[3];
        Seeds.forEach(10_000, random -> blocks[choice.of(new BlockHash(random.nextLong(), random.nextLong()))]++);
        assertThat(blocks[0]).isBetween(850, 1150);
        assertThat(blocks[1]).isBetween(2750, 3250);
        assertThat(blocks[2]).isBetween(5700, 6300);
        assertThat(choice.of(new BlockHash(0, 0))).isZero();
        assertThat(choice.of(new BlockHash(-1, -1))).isEqualTo(2);
    }
}
