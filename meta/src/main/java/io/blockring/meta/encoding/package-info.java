/** The values of records as the volume format lays them out in bytes, the same for every engine. */
@NullMarked
package io.blockring.meta.encoding;

import org.jspecify.annotations.NullMarked;
