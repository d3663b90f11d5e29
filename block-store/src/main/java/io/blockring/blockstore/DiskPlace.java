package io.blockring.blockstore;

import java.nio.file.Path;

/** Where on disk the bytes of a block were when asked; for tools and tests, since the block may go at any time. */
public record DiskPlace(Path file, long offset, int byteCount) {}
