@NullMarked
package io.blockring.cachenode;

import org.jspecify.annotations.NullMarked;
