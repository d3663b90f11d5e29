package io.blockring.blockstore;

import java.io.IOException;
import java.nio.file.Path;

/** Makes, opens and deletes files of slots. */
interface SegmentFiles {
    /** Makes the file, empty, whatever was there. */
    SegmentFile create(Path path) throws IOException;

    /** Opens a file that is there. */
    SegmentFile open(Path path) throws IOException;

    /** Deletes the file if it is there. */
    void delete(Path path) throws IOException;
}
