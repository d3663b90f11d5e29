/**
 * Blocks on this machine: an off-heap memory tier over a disk tier, within limits of bytes.
 *
 * <p>Start at {@link io.blockring.blockstore.BlockStore}. It asks {@code MemoryTier}, then the {@code DiskTier} of the
 * directory that the block's hash chooses. A disk tier keeps block bodies in slots of {@code Segments}, rows in a
 * {@code BlockIndex} (RocksDB) and, so that a hit costs no look-up there, a {@code BlockTable} of at most 24 bytes a block.
 *
 * <p>Order of a fill: room, buffer, payload, slot header, index row, table. Order of a removal: table, index row, and
 * the slot when its last reader has gone. So whatever the index names was complete when it was named.
 */
@NullMarked
package io.blockring.blockstore;

import org.jspecify.annotations.NullMarked;
