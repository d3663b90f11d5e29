package io.blockring.objectstore;

import java.time.Duration;

/**
 * How long one request to S3 may take, and how many are under way at once.
 *
 * @param maxConnections requests under way; more wait for one to end
 * @param connectTimeout for a connection to be made
 * @param stallTimeout for the next byte of an answer
 * @param requestTimeout for a whole request; a GET's first byte
 */
public record S3Settings(int maxConnections, Duration connectTimeout, Duration stallTimeout, Duration requestTimeout) {
    public static final S3Settings DEFAULTS =
            new S3Settings(128, Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(15));
}
