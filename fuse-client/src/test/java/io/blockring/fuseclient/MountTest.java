package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTest {
    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private Mounts mounts;

    @BeforeEach
    void mount(@TempDir Path directory) throws Exception {
        Mounts.requireFuse();
        mounts = Mounts.of(fileSystem, directory, FuseSettings.defaults());
    }

    @AfterEach
    void unmount() throws Exception {
        mounts.close();
    }

    @Test
    void aFileIsReadAsItWasWritten() throws Exception {
        Path file = mounts.path("greeting");

        Files.writeString(file, "hello");

        assertThat(file).hasContent("hello");
    }
}
