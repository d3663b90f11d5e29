/** Volumes shared with JuiceFS's own core, which is loaded from its Java SDK into a process of its own. */
@NullMarked
package io.blockring.systemtests.juicefs;

import org.jspecify.annotations.NullMarked;
