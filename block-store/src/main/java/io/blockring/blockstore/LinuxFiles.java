package io.blockring.blockstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of slots on a Linux file system. */
final class LinuxFiles implements SegmentFiles {
    @Override
    public SegmentFile create(Path path) throws IOException {
        return LinuxFile.create(path);
    }

    @Override
    public SegmentFile open(Path path) throws IOException {
        return LinuxFile.open(path);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }
}
