package io.blockring.systemtests.s3faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** What the clients of an {@link S3ServerProcess} got, by the server's own account. */
public final class S3AccessLog {
    private static final int FIELDS = 7;
    private static final Duration POLL = Duration.ofMillis(5);

    /**
     * One request.
     *
     * @param path with {@code %XX} for every byte but letters, digits and {@code -._~/}
     * @param bodyBytes of the answer
     * @param range as asked for, or {@code -}
     */
    public record Line(Instant time, String method, String path, int status, long bodyBytes, String range) {
        static Line parse(String text) {
            String[] fields = text.split(" ", -1);
            if (fields.length != FIELDS) {
                throw new IllegalArgumentException("not a line of the access log: " + text);
            }
            return new Line(
                    Instant.parse(fields[0]),
                    fields[1],
                    fields[2],
                    Integer.parseInt(fields[3]),
                    Long.parseLong(fields[4]),
                    fields[5]);
        }
    }

    private final Path file;

    S3AccessLog(Path file) {
        this.file = file;
    }

    /** All requests until now; that of a client which has its answer may still be missing. */
    public List<Line> lines() throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(Line::parse)
                .toList();
    }

    /** Those that match, once there are {@code count} or more; fails when there are fewer in the end. */
    public List<Line> await(int count, Duration timeout, Predicate<Line> match) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            List<Line> found = lines().stream().filter(match).toList();
            if (found.size() >= count) {
                return found;
            }
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw new IOException("only " + found.size() + " of " + count + " lines in " + lines());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
