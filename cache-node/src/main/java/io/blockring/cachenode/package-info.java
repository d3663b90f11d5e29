/**
 * The daemon of a cache group: it serves blocks, and fetches from the object store those it owns and lacks.
 *
 * <p>Start at {@link io.blockring.cachenode.CacheNode}. A connection of a reader is a {@code ServedConnection}: the
 * {@code BlockServer} runs it on a small pool of threads whenever there is something to do for it, and it never waits.
 * {@code BlockDesk} decides what a request gets: a stored block, sent by {@code sendfile}; a {@code Flight}, the one
 * fetch of a missing block, whose bytes all readers see as they come; or a word. {@code NodeControlService} is the
 * control service.
 */
@NullMarked
package io.blockring.cachenode;

import org.jspecify.annotations.NullMarked;
