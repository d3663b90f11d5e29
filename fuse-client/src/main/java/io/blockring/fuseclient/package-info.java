@NullMarked
package io.blockring.fuseclient;

import org.jspecify.annotations.NullMarked;
