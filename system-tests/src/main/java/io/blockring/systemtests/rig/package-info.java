/** Real processes, servers and mounts on this machine, each ended by its id when its test ends. */
@NullMarked
package io.blockring.systemtests.rig;

import org.jspecify.annotations.NullMarked;
