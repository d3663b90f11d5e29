/** {@code cachectl warmup}: each owner pulls its own blocks, and only blocks that arrived are counted. */
@NullMarked
package io.blockring.cachectl.warmup;

import org.jspecify.annotations.NullMarked;
