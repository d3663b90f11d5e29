package io.blockring.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class CpuClockTest {
    /** No Linux gives a higher one. */
    private static final long HIGHEST_PID = 1 << 22;

    @Test
    void theClockGoesOnWhileTheProcessWorks() throws IOException {
        long pid = ProcessHandle.current().pid();
        double before = CpuClock.seconds(pid);
        var crc = new CRC32C();
        crc.update(new byte[8 << 20]);
        assertThat(crc.getValue()).isNotZero();
        assertThat(CpuClock.seconds(pid)).isGreaterThan(before);
    }

    @Test
    void aProcessThatIsNotThereHasNoClock() {
        assertThatThrownBy(() -> CpuClock.seconds(HIGHEST_PID + 1)).isInstanceOf(IOException.class);
    }
}
