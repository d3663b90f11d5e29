package io.blockring.meta;

import java.io.IOException;

/** Who deletes the objects of a slice that nothing refers to any more. */
@FunctionalInterface
public interface SliceObjects {
    /** Deletes all blocks of the slice; one that is gone already is no failure. After a failure it is asked again. */
    void delete(long sliceId, int size) throws IOException;
}
