@NullMarked
package io.blockring.filesystem;

import org.jspecify.annotations.NullMarked;
