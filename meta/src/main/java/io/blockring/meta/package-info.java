@NullMarked
package io.blockring.meta;

import org.jspecify.annotations.NullMarked;
