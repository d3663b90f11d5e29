package io.blockring.cachectl.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a volume, through its mount or through the library where nothing can be mounted. */
interface SampleFiles {
    OutputStream create(String path) throws IOException;

    InputStream open(String path) throws IOException;

    /** Files below a mount point. */
    static SampleFiles below(Path mountPoint) {
        return new SampleFiles() {
            @Override
            public OutputStream create(String path) throws IOException {
                Path file = mountPoint.resolve(path);
                Files.createDirectories(file.getParent());
                return Files.newOutputStream(file);
            }

            @Override
            public InputStream open(String path) throws IOException {
                return Files.newInputStream(mountPoint.resolve(path));
            }
        };
    }
}
