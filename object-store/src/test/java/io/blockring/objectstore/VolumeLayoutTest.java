package io.blockring.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VolumeLayoutTest {
    @Test
    void keysAreThoseOfTheVolumeFormat() {
        var layout = new VolumeLayout("lab", false);
        assertThat(layout.blockKey(1, 0, 1024)).isEqualTo("lab/chunks/0/0/1_0_1024");
        assertThat(layout.blockKey(123_456_789, 15, 4 << 20)).isEqualTo("lab/chunks/123/123456/123456789_15_4194304");
    }

    @Test
    void aKeyTellsItsBlockAndNoOtherKeyDoes() {
        for (var layout : new VolumeLayout[] {new VolumeLayout("lab", false), new VolumeLayout("lab", true)}) {
            assertThat(layout.blockOf(layout.blockKey(123_456_789, 15, 4 << 20)))
                    .contains(new VolumeLayout.BlockName(123_456_789, 15, 4 << 20));
            for (String other : new String[] {
                "lab/chunks/0/0/1_0_1024.tmp",
                "lab/chunks/0/1/1_0_1024",
                "lab/chunks/0/0/1_0",
                "lab/chunks/0/0/1_00_9",
                "lab2/chunks/0/0/1_0_1024",
                "lab/chunks/0/0/0_0_1024",
                "lab/chunks/0/0/-1_0_1024",
                "1_0_1024",
                ""
            }) {
                assertThat(layout.blockOf(other)).as(other).isEmpty();
            }
        }
    }

    @Test
    void aHashPrefixSpreadsThem() {
        var layout = new VolumeLayout("lab", true);
        assertThat(layout.blockKey(123_456_789, 15, 4 << 20)).isEqualTo("lab/chunks/15/123/123456789_15_4194304");
        assertThat(layout.blockKey(10, 0, 1)).isEqualTo("lab/chunks/0A/0/10_0_1");
    }
}
