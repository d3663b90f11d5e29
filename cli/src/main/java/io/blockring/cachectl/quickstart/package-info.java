/**
 * A whole cache group on one machine, with proof that it works: {@link
 * io.blockring.cachectl.quickstart.QuickstartCommand}.
 */
@NullMarked
package io.blockring.cachectl.quickstart;

import org.jspecify.annotations.NullMarked;
