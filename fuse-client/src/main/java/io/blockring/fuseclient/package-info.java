/**
 * Speaks the kernel's FUSE protocol on {@code /dev/fuse}, with nothing between the kernel and
 * {@link io.blockring.filesystem.FileSystem}.
 *
 * <p>{@link MountPoint} makes a mount and yields an open descriptor; {@link FuseMount} serves a file system on it.
 * From there a request is read top to bottom: {@link ReaderCrew} (threads), {@link Reader} (one request after the
 * other), {@link Operations} (which operation), {@link NameOperations}, {@link AttributeOperations},
 * {@link FileOperations} and {@link DirectoryOperations} (what it means), {@link RequestBody} and {@link ReplyBody}
 * (how it is laid out), {@link Errno} (how it failed). {@link Linux} and {@link LinuxMounts} bind the system calls.
 */
@NullMarked
package io.blockring.fuseclient;

import org.jspecify.annotations.NullMarked;
