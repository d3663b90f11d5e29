package io.blockring.cachectl.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * What the S3 server says it gave out: the witness that is no part of the cache.
 *
 * <p>A line is {@code TIME METHOD /BUCKET/KEY STATUS BODY-BYTES RANGE}; see {@code s3-server}.
 */
record AccessLog(Path file) {
    /** No line comes later after its answer. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(20);

    /**
     * The successful GETs of objects below a prefix.
     *
     * @param bytes of all their bodies
     * @param mostOfOneObject how often the object asked for most was asked for
     */
    record Gets(long count, long bytes, long mostOfOneObject) {}

    /** Where the log ends now, to count from there later. */
    long position() throws IOException {
        return java.nio.file.Files.size(file);
    }

    /**
     * Counts the GETs of objects whose keys start with {@code keyPrefix}, from {@code position} on. A client has its
     * answer before the line is there, so this waits for lines of {@code atLeastBytes}, but not for long: what is
     * missing then is missing.
     */
    Gets getsSince(long position, String keyPrefix, long atLeastBytes) throws IOException {
        long deadline = System.nanoTime() + LONGEST_DELAY.toNanos();
        Gets gets = getsSince(position, keyPrefix);
        while (gets.bytes < atLeastBytes && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL.toNanos());
            gets = getsSince(position, keyPrefix);
        }
        return gets;
    }

    private Gets getsSince(long position, String keyPrefix) throws IOException {
        Map<String, Long> perObject = new HashMap<>();
        long bytes = 0;
        try (FileChannel channel =
                        FileChannel.open(file, StandardOpenOption.READ).position(position);
                var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(" ", -1);
                if (fields.length < 5 || !fields[1].equals("GET") || !fields[3].startsWith("2")) {
                    continue;
                }
                String key = fields[2].substring(fields[2].indexOf('/', 1) + 1);
                if (key.startsWith(keyPrefix)) {
                    perObject.merge(key, 1L, Long::sum);
                    bytes += Long.parseLong(fields[4]);
                }
            }
        }
        long count = perObject.values().stream().mapToLong(Long::longValue).sum();
        long most = perObject.values().stream().mapToLong(Long::longValue).max().orElse(0);
        return new Gets(count, bytes, most);
    }
}
