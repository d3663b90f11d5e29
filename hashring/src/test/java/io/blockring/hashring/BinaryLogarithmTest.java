package io.blockring.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.blockring.block.testing.Seeds;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class BinaryLogarithmTest {
    private static final double ONE = 1L << BinaryLogarithm.FRACTION_BITS;
    private static final double STATED_ERROR = Math.pow(2, -26);

    @Test
    void powersOfTwoAreExact() {
        for (int power = 0; power < Long.SIZE; power++) {
            assertThat(BinaryLogarithm.of(1L << power)).isEqualTo((long) power << BinaryLogarithm.FRACTION_BITS);
        }
    }

    @Test
    void itIsTheLogarithmWithinTheStatedError() {
        Seeds.forEach(20_000, random -> {
            long x = random.nextLong() >>> random.nextInt(Long.SIZE) | 1;
            double exact = Math.log(unsigned(x)) / Math.log(2);
            assertThat(BinaryLogarithm.of(x) / ONE).isCloseTo(exact, within(STATED_ERROR));
        });
    }

    @Test
    void itNeverFallsAndStaysBelowSixtyFour() {
        Seeds.forEach(20_000, random -> {
            long x = random.nextLong() >>> random.nextInt(Long.SIZE) | 1;
            assertThat(BinaryLogarithm.of(x)).isLessThanOrEqualTo(BinaryLogarithm.of(x == -1 ? x : x + 1));
        });
        assertThat(BinaryLogarithm.of(-1)).isLessThan(64L << BinaryLogarithm.FRACTION_BITS);
    }

    /** A change here moves blocks between the nodes of every group there is. */
    @Test
    void theBitsArePinned() {
        CRC32C crc = new CRC32C();
        for (long x = 1, i = 0; i < 100_000; i++, x = x * 6364136223846793005L + 1442695040888963407L) {
            long logarithm = BinaryLogarithm.of(x | 1);
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                crc.update((int) (logarithm >>> shift));
            }
        }
        assertThat(crc.getValue()).isEqualTo(2_794_393_117L);
    }

    private static double unsigned(long x) {
        return (x >>> 1) * 2.0 + (x & 1);
    }
}
