@NullMarked
package io.blockring.cacheclient;

import org.jspecify.annotations.NullMarked;
