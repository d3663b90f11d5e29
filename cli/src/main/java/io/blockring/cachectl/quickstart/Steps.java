package io.blockring.cachectl.quickstart;

import io.blockring.cachectl.warmup.ProgressLine;
import io.blockring.cachectl.warmup.Warmup;
import java.io.PrintStream;

/** Tells the user, on standard error, what is being done and which command does it. */
final class Steps {
    private final PrintStream stream;
    private int number;
    private long beganNanos;

    Steps(PrintStream stream) {
        this.stream = stream;
    }

    void begin(String what, String... commands) {
        number++;
        beganNanos = System.nanoTime();
        stream.println(number + ". " + what);
        for (String command : commands) {
            stream.println("   $ " + command);
        }
    }

    void done(String result) {
        stream.printf("   done in %.1f s: %s%n", (System.nanoTime() - beganNanos) / 1e9, result);
    }

    void say(String line) {
        stream.println(line);
    }

    /** Shows how far a warm-up is. */
    Warmup.Watcher warmUp() {
        return ProgressLine.onStandardError("   warm-up");
    }
}
