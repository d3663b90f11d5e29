/** Sets of inodes and of slice ids outside of the heap, for walks over whole volumes. */
@NullMarked
package io.blockring.meta.ids;

import org.jspecify.annotations.NullMarked;
