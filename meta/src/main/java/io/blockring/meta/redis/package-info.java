/**
 * The records of a volume in Redis, in the volume format's layout for it.
 *
 * <p>{@link RedisVolumes} opens one. {@link RedisEngine} is the port of {@code engine}; {@link RedisKeys} draws the
 * keys, {@link RedisTransaction} commits by the script {@code commit.lua}, {@link SortedListings} puts directories in
 * order.
 */
@NullMarked
package io.blockring.meta.redis;

import org.jspecify.annotations.NullMarked;
