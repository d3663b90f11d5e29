package io.blockring.cachectl;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says how far long work is: one line that is written over on a terminal, a line now and then elsewhere. */
public final class StatusLine implements AutoCloseable {
    private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(200);
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(10);

    private final PrintStream stream;
    private final boolean terminal;
    private final Supplier<String> text;
    private final Thread writer;
    private volatile boolean ended;

    private StatusLine(PrintStream stream, boolean terminal, Supplier<String> text) {
        this.stream = stream;
        this.terminal = terminal;
        this.text = text;
        writer = Thread.ofPlatform().daemon().name("progress").unstarted(this::write);
    }

    /**
     * Begins to show {@code text} on standard error; an empty text is not shown.
     *
     * <p>Standard error is a terminal when it is where the launcher says so; there is no other way to ask the JVM.
     */
    public static StatusLine show(Supplier<String> text) {
        var line = new StatusLine(System.err, isTerminal(System.console()), text);
        line.writer.start();
        return line;
    }

    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }

    private void write() {
        Duration interval = terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL;
        LockSupport.parkNanos(interval.toNanos());
        while (!ended) {
            show();
            LockSupport.parkNanos(interval.toNanos());
        }
    }

    private void show() {
        String line = text.get();
        if (line.isEmpty()) {
            return;
        }
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
        LockSupport.unpark(writer);
        if (terminal) {
            stream.print("\r\033[K");
            stream.flush();
        }
    }
}
