@NullMarked
package io.blockring.objectstore;

import org.jspecify.annotations.NullMarked;
