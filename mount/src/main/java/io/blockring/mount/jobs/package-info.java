/**
 * Work on a whole volume or tree, such as checking or copying it. A job is one message, and runs by the same code in
 * whichever process has the volume open: the mount that holds it, or the command that asks.
 */
@NullMarked
package io.blockring.mount.jobs;

import org.jspecify.annotations.NullMarked;
