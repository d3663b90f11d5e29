/**
 * The process behind a mount point: composes metadata, cache, file system and FUSE, and answers on its control socket.
 *
 * <p>Start at {@link io.blockring.mount.Mount}; other processes find a mount by {@link
 * io.blockring.mount.RunningMounts} and talk to it through {@link io.blockring.mount.MountControlClient}.
 */
@NullMarked
package io.blockring.mount;

import org.jspecify.annotations.NullMarked;
