package io.blockring.blockstore;

import io.blockring.block.BlockKey;

/** Whose a block is, in one int: a volume by its id, a bucket by the complement of its id, which is below zero. */
final class Owner {
    private Owner() {}

    static int of(BlockKey key) {
        return switch (key) {
            case BlockKey.Slice slice -> slice.volumeId();
            case BlockKey.Piece piece -> ~piece.bucketId();
        };
    }
}
