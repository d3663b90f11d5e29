/** Commands that work on a volume or a tree of it, in the process that has the volume open. */
@NullMarked
package io.blockring.cachectl.jobs;

import org.jspecify.annotations.NullMarked;
