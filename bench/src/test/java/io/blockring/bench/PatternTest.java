package io.blockring.bench;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatternTest {
    private static final long BYTES = 2L * Pattern.BLOCK_BYTES;

    @Test
    void oneWrongByteIsFound(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("file");
        Pattern.write(file, BYTES);
        assertThatCode(() -> Pattern.verify(file, BYTES)).doesNotThrowAnyException();
        flip(file, BYTES - 1);
        assertThatThrownBy(() -> Pattern.verify(file, BYTES)).hasMessageContaining("WRONG BYTES: block 1");
    }

    @Test
    void aFileThatIsTooShortIsFound(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("file");
        Pattern.write(file, BYTES / 2);
        assertThatThrownBy(() -> Pattern.verify(file, BYTES)).isInstanceOf(IOException.class);
    }

    private static void flip(Path file, long at) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1));
            channel.write(one.flip(), at);
        }
    }
}
