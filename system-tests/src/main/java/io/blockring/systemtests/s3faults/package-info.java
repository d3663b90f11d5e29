/**
 * A real S3 endpoint as a process, and faults in front of it.
 *
 * <p>Start at {@link io.blockring.systemtests.s3faults.S3ServerProcess}; put a
 * {@link io.blockring.systemtests.s3faults.S3FaultProxy} before it where something is to go wrong; count what clients got
 * with {@link io.blockring.systemtests.s3faults.S3AccessLog}.
 */
@NullMarked
package io.blockring.systemtests.s3faults;

import org.jspecify.annotations.NullMarked;
