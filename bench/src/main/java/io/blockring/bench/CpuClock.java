package io.blockring.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The CPU time of a process in nanoseconds, with that of its threads that have ended. {@code /proc/PID/stat} counts in
 * steps of 10 ms, which is a lot in a run of one second.
 */
@SuppressWarnings("restricted") // binds clock_gettime
final class CpuClock {
    /** See clock_getcpuclockid(3): the process id inverted, and the clock that the scheduler keeps. */
    private static final int PID_SHIFT = 3;

    private static final int CPUCLOCK_SCHED = 2;
    private static final double NANOS_PER_SECOND = 1e9;

    private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private CpuClock() {}

    /** CPU seconds that the process has spent since its start. */
    static double seconds(long pid) throws IOException {
        int clock = (int) (~pid << PID_SHIFT) | CPUCLOCK_SCHED;
        try (var arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(2 * ValueLayout.JAVA_LONG.byteSize(), Long.BYTES);
            int result = (int) CLOCK_GETTIME.invokeExact(clock, time);
            if (result != 0) {
                throw new IOException("process " + pid + " has no CPU clock: it has ended");
            }
            return time.getAtIndex(ValueLayout.JAVA_LONG, 0)
                    + time.getAtIndex(ValueLayout.JAVA_LONG, 1) / NANOS_PER_SECOND;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
