@NullMarked
package io.blockring.hashring;

import org.jspecify.annotations.NullMarked;
