/** A small TiKV cluster, for the tests of every module. */
@NullMarked
package io.blockring.tikvclient.testing;

import org.jspecify.annotations.NullMarked;
