@NullMarked
package io.blockring.mount;

import org.jspecify.annotations.NullMarked;
