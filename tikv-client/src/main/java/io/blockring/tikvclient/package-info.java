/**
 * Reads and transactions of a TiKV cluster, by its published protocol.
 *
 * <p>Start at {@link io.blockring.tikvclient.TikvCluster}. {@link io.blockring.tikvclient.PlacementDriver} gives
 * moments and says where keys are, {@link io.blockring.tikvclient.Regions} remembers it, {@link
 * io.blockring.tikvclient.LockResolver} finishes what dead clients left. Nothing here knows of files.
 */
@NullMarked
package io.blockring.tikvclient;

import org.jspecify.annotations.NullMarked;
