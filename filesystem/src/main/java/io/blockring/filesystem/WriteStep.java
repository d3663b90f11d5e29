package io.blockring.filesystem;

/** What a {@link WriteQueue} wants done outside of it; each but the last is answered by a message to the queue. */
sealed interface WriteStep {
    /** Get an id for the slice: {@link WriteQueue#named} or {@link WriteQueue#failed} answers. */
    record Name(DirtySlice slice) implements WriteStep {}

    /** Make a block of the slice durable: {@link WriteQueue#uploaded} or {@link WriteQueue#failed} answers. */
    record Upload(DirtySlice slice, int index, int bytes, PooledBuffer buffer) implements WriteStep {}

    /** Record the slice in the tree: {@link WriteQueue#committed} or {@link WriteQueue#refused} answers. */
    record Commit(DirtySlice slice) implements WriteStep {}

    /** Delete the blocks of a slice that is recorded nowhere and never will be. */
    record Remove(DirtySlice slice) implements WriteStep {}

    /** Give a buffer back that nobody reads any more. */
    record Free(PooledBuffer buffer) implements WriteStep {}
}
