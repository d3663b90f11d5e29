package io.blockring.cachectl.warmup;

import io.blockring.cachectl.ByteSize;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Shows how far a warm-up is: one line that is written over on a terminal, a line now and then elsewhere. */
public final class ProgressLine implements Warmup.Watcher {
    private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(200);
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(10);

    private final String name;
    private final PrintStream stream;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private volatile boolean ended;
    private @Nullable Thread writer;

    private ProgressLine(String name, PrintStream stream, boolean terminal) {
        this.name = name;
        this.stream = stream;
        this.terminal = terminal;
    }

    /** Standard error is a terminal when it is where the launcher says so; there is no other way to ask the JVM. */
    public static ProgressLine onStandardError(String name) {
        return new ProgressLine(name, System.err, isTerminal(System.console()));
    }

    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }

    @Override
    public void watch(WarmupTally tally) {
        writer = Thread.ofPlatform().daemon().name("progress").start(() -> {
            Duration interval = terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL;
            LockSupport.parkNanos(interval.toNanos());
            while (!ended) {
                show(tally.state());
                LockSupport.parkNanos(interval.toNanos());
            }
        });
    }

    private void show(WarmupTally.State state) {
        long done = state.already().bytes() + state.fetched().bytes();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double rate = state.fetched().bytes() / Math.max(seconds, 0.001);
        String share = state.listed() && state.total().bytes() > 0
                ? String.format(Locale.ROOT, "%d%%", 100 * done / state.total().bytes())
                : "scanning";
        long left = state.total().bytes() - done;
        String eta = state.listed() && rate > 0 ? String.format(Locale.ROOT, "ETA %.0f s", left / rate) : "ETA ?";
        String line = String.format(
                Locale.ROOT,
                "%s %s %s/%s%s · %d files · %s/s · %s · %d failed",
                name,
                share,
                ByteSize.show(done),
                state.listed() ? "" : ">=",
                ByteSize.show(state.total().bytes()),
                state.files(),
                ByteSize.show((long) rate),
                eta,
                state.failedBlocks());
        if (terminal) {
            stream.print("\r\033[K" + line);
            stream.flush();
        } else {
            stream.println(line);
        }
    }

    @Override
    public void close() {
        ended = true;
        if (writer != null) {
            LockSupport.unpark(writer);
        }
        if (terminal) {
            stream.print("\r\033[K");
            stream.flush();
        }
    }
}
