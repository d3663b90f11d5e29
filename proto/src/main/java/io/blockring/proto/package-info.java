@NullMarked
package io.blockring.proto;

import org.jspecify.annotations.NullMarked;
