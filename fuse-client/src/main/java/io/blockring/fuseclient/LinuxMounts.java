package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * The system calls behind mounting: mount and umount, and what it takes to start a process that hands a descriptor
 * over. As in {@link Linux}, each answers a value of zero or more, or a negative {@link Errno}.
 */
@SuppressWarnings("restricted")
final class LinuxMounts {
    static final int SOCK_STREAM = 1;
    static final int SOCK_SEQPACKET = 5;
    static final int MS_RDONLY = 1;
    static final int MS_NOSUID = 2;
    static final int MS_NODEV = 4;
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;

    private static final int AF_UNIX = 1;
    private static final int SOCK_CLOEXEC = Linux.O_CLOEXEC;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    /** More than any libc of a 64-bit Linux needs. */
    private static final long STATFS_BYTES = 512;

    private static final long SPAWN_ACTIONS_BYTES = 512;

    private static final MethodHandle MOUNT =
            Linux.bind("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle UMOUNT = Linux.bind("umount2", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle STATFS = Linux.bind("statfs", JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle GETEUID = Linux.bind("geteuid", JAVA_INT);
    private static final MethodHandle GETEGID = Linux.bind("getegid", JAVA_INT);
    private static final MethodHandle SOCKETPAIR =
            Linux.bind("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle PIPE = Linux.bind("pipe2", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECVMSG = Linux.bind("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle WAITPID = Linux.bind("waitpid", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SPAWN =
            Linux.bind("posix_spawn", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle SPAWN_ACTIONS_INIT =
            Linux.bind("posix_spawn_file_actions_init", JAVA_INT, ADDRESS);
    private static final MethodHandle SPAWN_ACTIONS_DESTROY =
            Linux.bind("posix_spawn_file_actions_destroy", JAVA_INT, ADDRESS);
    private static final MethodHandle SPAWN_ACTIONS_DUP2 =
            Linux.bind("posix_spawn_file_actions_adddup2", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);

    private LinuxMounts() {}

    static int mount(String source, String target, String type, int flags, String options) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            return (int) Linux.orErrno(
                    (int) MOUNT.invokeExact(
                            state,
                            arena.allocateFrom(source),
                            arena.allocateFrom(target),
                            arena.allocateFrom(type),
                            (long) flags,
                            arena.allocateFrom(options)),
                    state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    static int umount(String target, int flags) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            return (int) Linux.orErrno((int) UMOUNT.invokeExact(state, arena.allocateFrom(target), flags), state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    /** Asks the file system at {@code path} whether it answers at all. */
    static int statfs(String path) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            return (int) Linux.orErrno(
                    (int) STATFS.invokeExact(state, arena.allocateFrom(path), arena.allocate(STATFS_BYTES, Long.BYTES)),
                    state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    static int effectiveUser() {
        try {
            return (int) GETEUID.invokeExact(Linux.callState());
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    static int effectiveGroup() {
        try {
            return (int) GETEGID.invokeExact(Linux.callState());
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    /** Two descriptors: the ends of a socket, or of a pipe the reading one first. */
    record Pair(int first, int second) {}

    /** Two connected Unix sockets that no child process inherits. */
    static Pair socketPair(int type) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            long result =
                    Linux.orErrno((int) SOCKETPAIR.invokeExact(state, AF_UNIX, type | SOCK_CLOEXEC, 0, pair), state);
            return pairOf(result, pair);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    /** A pipe that no child process inherits. */
    static Pair pipe() {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            return pairOf(Linux.orErrno((int) PIPE.invokeExact(state, pair, Linux.O_CLOEXEC), state), pair);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    private static Pair pairOf(long result, MemorySegment pair) {
        if (result < 0) {
            throw new IllegalStateException("no descriptors are left: " + Errno.text((int) -result));
        }
        return new Pair(pair.getAtIndex(JAVA_INT, 0), pair.getAtIndex(JAVA_INT, 1));
    }

    /** The descriptor that comes over {@code socket}; 0 or less (a negative errno) where none does. */
    static int receiveDescriptor(int socket) {
        /* struct msghdr of 64-bit Linux: name 0, name length 8, iovec 16, iovec count 24, control 32,
         * control length 40, flags 48. A control message: length 0, level 8, type 12, descriptors from 16. */
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment iovec = arena.allocate(16, 8);
            iovec.set(ADDRESS, 0, arena.allocate(1));
            iovec.set(JAVA_LONG, 8, 1);
            MemorySegment control = arena.allocate(24, 8);
            MemorySegment header = arena.allocate(56, 8);
            header.set(ADDRESS, 16, iovec);
            header.set(JAVA_LONG, 24, 1);
            header.set(ADDRESS, 32, control);
            header.set(JAVA_LONG, 40, control.byteSize());
            long received = Linux.orErrno((long) RECVMSG.invokeExact(state, socket, header, MSG_CMSG_CLOEXEC), state);
            if (received <= 0) {
                return (int) received;
            }
            boolean hasDescriptor = header.get(JAVA_LONG, 40) >= 20
                    && control.get(JAVA_INT, 8) == SOL_SOCKET
                    && control.get(JAVA_INT, 12) == SCM_RIGHTS;
            return hasDescriptor ? control.get(JAVA_INT, 16) : 0;
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    /** A descriptor of this process, and the number under which a child gets it. */
    record Inherited(int descriptor, int asNumber) {}

    /** Starts a program with nothing of ours but {@code inherited}; its process id. */
    static int spawn(String program, List<String> arguments, List<String> environment, List<Inherited> inherited) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(SPAWN_ACTIONS_BYTES, 16);
            MemorySegment pid = arena.allocate(JAVA_INT);
            int error = (int) SPAWN_ACTIONS_INIT.invokeExact(state, actions);
            for (Inherited one : inherited) {
                if (error == 0) {
                    error = (int) SPAWN_ACTIONS_DUP2.invokeExact(state, actions, one.descriptor(), one.asNumber());
                }
            }
            if (error == 0) {
                error = (int) SPAWN.invokeExact(
                        state,
                        pid,
                        arena.allocateFrom(program),
                        actions,
                        MemorySegment.NULL,
                        strings(arena, arguments),
                        strings(arena, environment));
            }
            int freed = (int) SPAWN_ACTIONS_DESTROY.invokeExact(state, actions);
            return error != 0 ? -error : freed != 0 ? -freed : pid.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }

    private static MemorySegment strings(Arena arena, List<String> strings) {
        MemorySegment array = arena.allocate(ADDRESS, strings.size() + 1L);
        for (int i = 0; i < strings.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(strings.get(i)));
        }
        return array;
    }

    /** Waits for the end of a child; its status as the kernel encodes it. */
    static int awaitExit(int pid) {
        MemorySegment state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long result;
            do {
                result = Linux.orErrno((int) WAITPID.invokeExact(state, pid, status, 0), state);
            } while (Errno.EINTR.is(result));
            return result < 0 ? (int) result : status.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }
}
