/**
 * A real S3 endpoint for quickstart and tests: S3Proxy over a directory, with an access log that counts what clients
 * got. Start at {@link io.blockring.s3server.S3Server}.
 */
@NullMarked
package io.blockring.s3server;

import org.jspecify.annotations.NullMarked;
