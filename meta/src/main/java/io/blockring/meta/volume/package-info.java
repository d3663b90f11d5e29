/**
 * How a volume is made, held by one process and opened.
 *
 * <p>Start at {@link Volume}. {@link MetaUrl} names the engine, {@link VolumeLock} says which process has it.
 */
@NullMarked
package io.blockring.meta.volume;

import org.jspecify.annotations.NullMarked;
