/**
 * Metadata as one JSON text, in the form that JuiceFS dumps and loads.
 *
 * <p>Start at {@link Dump}, which writes one, and {@link Load}, which makes a volume of one. Neither takes more memory for
 * a larger tree than for a deeper one, but for a bit for each inode and each slice when a dump is loaded.
 */
@NullMarked
package io.blockring.meta.dump;

import org.jspecify.annotations.NullMarked;
