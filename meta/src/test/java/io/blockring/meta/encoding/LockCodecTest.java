package io.blockring.meta.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import java.nio.BufferUnderflowException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes of locks, as the volume format lays them out. */
class LockCodecTest {
    private static final LockOwner ONE = new LockOwner(5, 0xABCD_0000_0000_0001L);
    private static final LockOwner TWO = new LockOwner(6, 2);

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void bsdLocksHaveSeventeenBytesEach() {
        var locks = new LinkedHashMap<LockOwner, List<RangeLock>>();
        locks.put(ONE, List.of(RangeLock.whole(false)));
        locks.put(TWO, List.of(RangeLock.whole(true)));
        byte[] value = bytes("0000000000000005 abcd000000000001 52" + "0000000000000006 0000000000000002 57");
        assertThat(LockCodec.table(LockKind.WHOLE, locks)).isEqualTo(value);
        assertThat(LockCodec.table(LockKind.WHOLE, value)).isEqualTo(locks);
    }

    @Test
    void posixLocksHaveTwentyFourBytesEachBehindTheirOwner() {
        var locks = new LinkedHashMap<LockOwner, List<RangeLock>>();
        locks.put(ONE, List.of(new RangeLock(true, 0x1234, 1, 2), new RangeLock(false, 7, 9, RangeLock.LAST)));
        byte[] value = bytes("0000000000000005 abcd000000000001 00000030"
                + "00000001 00001234 0000000000000001 0000000000000002"
                + "00000000 00000007 0000000000000009 7fffffffffffffff");
        assertThat(LockCodec.table(LockKind.RANGES, locks)).isEqualTo(value);
        assertThat(LockCodec.table(LockKind.RANGES, value)).isEqualTo(locks);
    }

    @Test
    void anEndBehindAllFilesIsTheLastByte() {
        byte[] value = bytes("00000001 00000001 0000000000000001 ffffffffffffffff");
        assertThat(LockCodec.locks(LockKind.RANGES, value)).containsExactly(new RangeLock(true, 1, 1, RangeLock.LAST));
    }

    @Test
    void bytesThatAreNoLocksAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> LockCodec.locks(LockKind.WHOLE, bytes("58")));
        assertThatIllegalArgumentException().isThrownBy(() -> LockCodec.locks(LockKind.RANGES, bytes("00")));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> LockCodec.table(LockKind.RANGES, bytes("0000000000000005 0000000000000001 7fffffff")));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        LockCodec.locks(LockKind.RANGES, bytes("00000002 00000001 0000000000000001 0000000000000002")));
        assertThatThrownBy(() -> LockCodec.table(LockKind.WHOLE, bytes("0000000000000005 00")))
                .isInstanceOf(BufferUnderflowException.class);
    }
}
