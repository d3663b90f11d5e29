package io.blockring.cachectl.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {
    private static final long WAIT_NANOS = 20_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void aLineThatComesLateIsCounted() throws Exception {
        Path file = Files.writeString(folder.resolve("log"), line("PUT", "a", 200, 0) + line("GET", "a", 206, 100));
        Thread counting = Thread.currentThread();
        Thread late = Thread.ofVirtual().start(() -> {
            long deadline = System.nanoTime() + WAIT_NANOS;
            while (counting.getState() != Thread.State.TIMED_WAITING && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            append(file, line("GET", "b", 206, 50));
        });
        AccessLog.Gets gets = new AccessLog(file).getsSince(0, "lab/chunks/", 150);
        late.join();
        assertThat(gets).isEqualTo(new AccessLog.Gets(2, 150, 1));
    }

    @Test
    void whatIsNoGetOfABlockIsNotCounted() throws Exception {
        String before = line("GET", "early", 200, 7);
        Path file = Files.writeString(
                folder.resolve("log"),
                before + line("GET", "a", 404, 9) + line("PUT", "a", 200, 9)
                        + line("GET", "a", 200, 5).repeat(2) + "2026-11-22T07:00:00Z GET /bucket/other/1 200 3 - -\n");
        assertThat(new AccessLog(file).getsSince(before.length(), "lab/chunks/", 0))
                .isEqualTo(new AccessLog.Gets(2, 10, 2));
    }

    private static String line(String method, String block, int status, int bytes) {
        return "2026-11-22T07:00:00Z %s /bucket/lab/chunks/%s %d %d - -\n".formatted(method, block, status, bytes);
    }

    private static void append(Path file, String line) {
        try {
            Files.writeString(file, line, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
