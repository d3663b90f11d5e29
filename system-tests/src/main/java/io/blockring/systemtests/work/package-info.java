/** What programs do with files, from a seed, on a mount and on a plain directory beside it. */
@NullMarked
package io.blockring.systemtests.work;

import org.jspecify.annotations.NullMarked;
