package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
    @Test
    void aLineIsReadWithAnyNumberOfOptionalFields() {
        var expected = new MountTable.Mount("0:57", "/mnt/lab", "fuse.blockring", "lab");

        assertThat(MountTable.parse("36 35 0:57 / /mnt/lab rw,noatime - fuse.blockring lab rw,user_id=0"))
                .isEqualTo(expected);
        assertThat(MountTable.parse("36 35 0:57 / /mnt/lab rw shared:1 master:2 - fuse.blockring lab rw"))
                .isEqualTo(expected);
    }

    @Test
    void blanksAndOtherBytesAreUnescaped() {
        assertThat(MountTable.parse("36 35 0:57 / /a\\040b\\134c\\011\u00c3\u00a4 rw - fuse.x s\\0401 rw"))
                .isEqualTo(new MountTable.Mount("0:57", "/a b\\c\t\u00e4", "fuse.x", "s 1"));
    }

    @Test
    void whatIsNoMountPointIsNotFound() throws Exception {
        assertThat(MountTable.at(Path.of("/nothing/is/here"))).isEmpty();
        assertThat(MountTable.at(Path.of("/proc")).map(MountTable.Mount::type)).hasValue("proc");
    }
}
