package io.blockring.cachectl;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.volume.VolumeException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    @Test
    void aReadOnlyMountIsOfferedOnlyWhereItWouldWork() {
        assertThat(hint(VolumeException.Kind.READ_ONLY)).contains("--read-only");
        assertThat(hint(VolumeException.Kind.REFUSED)).doesNotContain("--read-only");
    }

    private static String hint(VolumeException.Kind kind) {
        return Failures.of(new VolumeException(kind, "why")).hint();
    }
}
