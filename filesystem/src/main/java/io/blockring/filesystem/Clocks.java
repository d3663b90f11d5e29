package io.blockring.filesystem;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What time it is.
 *
 * @param wall for the times of files
 * @param nanos for how long something took; starts anywhere and never goes back
 */
public record Clocks(InstantSource wall, LongSupplier nanos) {
    public static final Clocks SYSTEM = new Clocks(InstantSource.system(), System::nanoTime);
}
