package io.blockring.cachectl.warmup;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.StatusLine;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows how far a warm-up is. */
public final class ProgressLine implements Warmup.Watcher {
    private final String name;
    private final long startNanos = System.nanoTime();
    private @Nullable StatusLine line;

    private ProgressLine(String name) {
        this.name = name;
    }

    public static ProgressLine onStandardError(String name) {
        return new ProgressLine(name);
    }

    @Override
    public void watch(WarmupTally tally) {
        line = StatusLine.show(() -> text(tally.state()));
    }

    private String text(WarmupTally.State state) {
        long done = state.already().bytes() + state.fetched().bytes();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double rate = state.fetched().bytes() / Math.max(seconds, 0.001);
        String share = state.listed() && state.total().bytes() > 0
                ? String.format(Locale.ROOT, "%d%%", 100 * done / state.total().bytes())
                : "scanning";
        long left = state.total().bytes() - done;
        String eta = state.listed() && rate > 0 ? String.format(Locale.ROOT, "ETA %.0f s", left / rate) : "ETA ?";
        return String.format(
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
    }

    @Override
    public void close() {
        if (line != null) {
            line.close();
        }
    }
}
