package io.blockring.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BlockChecksumsTest {
    @Test
    void theCheckValueOfCastagnoliHolds() {
        var digits = MemorySegment.ofArray("123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(BlockChecksums.of(digits)).containsExactly(0xe3069283);
    }

    @Test
    void oneFlippedBitIsFoundInItsUnit() {
        Seeds.forEach(50, random -> {
            try (var arena = Arena.ofConfined()) {
                int length = 1 + random.nextInt(5 * BlockChecksums.UNIT_BYTES);
                MemorySegment bytes = arena.allocate(length);
                for (int i = 0; i < length; i++) {
                    bytes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
                }
                int[] checksums = BlockChecksums.of(bytes);
                assertThat(checksums).hasSize(BlockChecksums.unitCount(length));
                assertThat(BlockChecksums.firstBadUnit(bytes, checksums, 0)).isEqualTo(-1);

                int at = random.nextInt(length);
                byte flipped = (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ 1 << random.nextInt(8));
                bytes.set(ValueLayout.JAVA_BYTE, at, flipped);
                int badUnit = at / BlockChecksums.UNIT_BYTES;
                assertThat(BlockChecksums.firstBadUnit(bytes, checksums, 0)).isEqualTo(badUnit);

                MemorySegment tail = bytes.asSlice((long) badUnit * BlockChecksums.UNIT_BYTES);
                assertThat(BlockChecksums.firstBadUnit(tail, checksums, badUnit))
                        .isZero();
            }
        });
    }
}
