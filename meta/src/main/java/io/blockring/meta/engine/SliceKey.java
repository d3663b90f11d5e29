package io.blockring.meta.engine;

import io.blockring.meta.SliceRecord;

/** Names a slice with its objects: the id, and the size that their names are made of. */
public record SliceKey(long id, int size) {
    public static SliceKey of(SliceRecord slice) {
        return new SliceKey(slice.sliceId(), slice.size());
    }
}
