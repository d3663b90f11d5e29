/** Commands about groups and nodes. */
@NullMarked
package io.blockring.cachectl.cluster;

import org.jspecify.annotations.NullMarked;
