/**
 * What a block is: the key that names its bytes for good, the encoding and hash of that key, and the
 * checksums that travel with the bytes.
 *
 * <p>Start at {@link io.blockring.block.BlockKey}. Nothing here does I/O.
 */
@NullMarked
package io.blockring.block;

import org.jspecify.annotations.NullMarked;
