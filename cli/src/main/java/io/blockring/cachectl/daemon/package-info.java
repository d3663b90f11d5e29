/** Starting BlockRing's own programs as processes that outlive the command, and ending them by their ids. */
@NullMarked
package io.blockring.cachectl.daemon;

import org.jspecify.annotations.NullMarked;
