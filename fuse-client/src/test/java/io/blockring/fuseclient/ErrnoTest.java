package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.FileError;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void noTwoFailuresLookTheSameToTheKernel() {
        Map<FileError.Kind, Errno> table =
                Arrays.stream(FileError.Kind.values()).collect(Collectors.toMap(Function.identity(), Errno::of));

        assertThat(table.values()).doesNotHaveDuplicates();
        assertThat(table)
                .containsEntry(FileError.Kind.NOT_PERMITTED, Errno.EPERM)
                .containsEntry(FileError.Kind.NO_ACCESS, Errno.EACCES)
                .containsEntry(FileError.Kind.OVER_QUOTA, Errno.EDQUOT)
                .containsEntry(FileError.Kind.IO, Errno.EIO);
    }

    @Test
    void aNumberWithoutANameIsStillTold() {
        assertThat(Errno.text(2)).isEqualTo("ENOENT");
        assertThat(Errno.text(4095)).contains("4095");
    }
}
