@NullMarked
package io.blockring.blockstore;

import org.jspecify.annotations.NullMarked;
