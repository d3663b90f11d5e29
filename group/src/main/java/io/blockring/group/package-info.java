@NullMarked
package io.blockring.group;

import org.jspecify.annotations.NullMarked;
