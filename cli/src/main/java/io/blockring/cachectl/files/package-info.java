/** Commands about volumes and mounts: create, mount, unmount, and what is where. */
@NullMarked
package io.blockring.cachectl.files;

import org.jspecify.annotations.NullMarked;
