package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * The system calls on descriptors, bound by the Foreign Function and Memory API.
 *
 * <p>Each answers as the kernel itself does: a value of zero or more, or a negative {@link Errno}. None is bound as
 * critical, for each of them may block.
 */
@SuppressWarnings("restricted")
final class Linux {
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0_4000;
    static final int O_CLOEXEC = 0_2000000;
    static final int EPOLLIN = 1;
    static final int EPOLLEXCLUSIVE = 1 << 28;

    /** Two structs iovec: an address and a length each. */
    static final MemoryLayout TWO_VECTORS = MemoryLayout.sequenceLayout(4, JAVA_LONG);

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int POLLIN = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int EFD_CLOEXEC = O_CLOEXEC;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    /** Where a thread's calls leave their errno. */
    private static final ThreadLocal<MemorySegment> CALL_STATES =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE));

    /** The struct epoll_event is packed on x86-64, and only there. */
    private static final boolean PACKED_EPOLL_EVENT =
            System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).matches("amd64|x86_64");

    static final long EPOLL_EVENT_BYTES = PACKED_EPOLL_EVENT ? 12 : 16;

    private static final MethodHandle OPEN = bindVariadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle READ = bind("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITE = bind("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITEV = bind("writev", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle IOCTL = bindVariadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle FCNTL = bindVariadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = bind("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle EPOLL_CREATE = bind("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL = bind("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle EPOLL_WAIT = bind("epoll_wait", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD = bind("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle MMAP =
            bind("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = bind("munmap", JAVA_INT, ADDRESS, JAVA_LONG);

    private Linux() {}

    static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle bindVariadic(
            String name, int fixedArguments, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.firstVariadicArg(fixedArguments),
                Linker.Option.captureCallState("errno"));
    }

    static MemorySegment callState() {
        return CALL_STATES.get();
    }

    /** The result, or the negative errno that the call left where it failed. */
    static long orErrno(long result, MemorySegment callState) {
        return result == -1 ? -callState.get(JAVA_INT, ERRNO) : result;
    }

    /** A downcall throws nothing of its own: what it throws is a mistake in its binding. */
    static IllegalStateException brokenBinding(Throwable cause) {
        return new IllegalStateException("a system call is bound wrongly", cause);
    }

    static int open(String path, int flags) {
        MemorySegment state = callState();
        try (var arena = Arena.ofConfined()) {
            return (int) orErrno((int) OPEN.invokeExact(state, arena.allocateFrom(path), flags), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static int close(int descriptor) {
        MemorySegment state = callState();
        try {
            return (int) orErrno((int) CLOSE.invokeExact(state, descriptor), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static long read(int descriptor, MemorySegment into) {
        MemorySegment state = callState();
        try {
            return orErrno((long) READ.invokeExact(state, descriptor, into, into.byteSize()), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static long write(int descriptor, MemorySegment from) {
        MemorySegment state = callState();
        try {
            return orErrno((long) WRITE.invokeExact(state, descriptor, from, from.byteSize()), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    /** Writes {@code first} and {@code second} in one piece; {@code vector} is room for {@link #TWO_VECTORS}. */
    static long write(int descriptor, MemorySegment first, MemorySegment second, MemorySegment vector) {
        vector.setAtIndex(JAVA_LONG, 0, first.address());
        vector.setAtIndex(JAVA_LONG, 1, first.byteSize());
        vector.setAtIndex(JAVA_LONG, 2, second.address());
        vector.setAtIndex(JAVA_LONG, 3, second.byteSize());
        MemorySegment state = callState();
        try {
            return orErrno((long) WRITEV.invokeExact(state, descriptor, vector, 2), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static int ioctl(int descriptor, long request, MemorySegment argument) {
        MemorySegment state = callState();
        try {
            return (int) orErrno((int) IOCTL.invokeExact(state, descriptor, request, argument), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    /** Makes reads and writes of {@code descriptor}, and of all its duplicates, answer EAGAIN instead of waiting. */
    static int setNonBlocking(int descriptor) {
        MemorySegment state = callState();
        try {
            int flags = (int) orErrno((int) FCNTL.invokeExact(state, descriptor, F_GETFL, 0), state);
            return flags < 0
                    ? flags
                    : (int) orErrno((int) FCNTL.invokeExact(state, descriptor, F_SETFL, flags | O_NONBLOCK), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    /** Waits until {@code descriptor} can be read; 0 when it could not within the time. */
    static int pollReadable(int descriptor, int timeoutMillis) {
        MemorySegment state = callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment pollfd = arena.allocate(8, 4); // int fd, short events, short revents
            pollfd.set(JAVA_INT, 0, descriptor);
            pollfd.set(JAVA_INT, 4, POLLIN);
            return (int) orErrno((int) POLL.invokeExact(state, pollfd, 1L, timeoutMillis), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static int epollCreate() {
        MemorySegment state = callState();
        try {
            return (int) orErrno((int) EPOLL_CREATE.invokeExact(state, O_CLOEXEC), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static int epollAdd(int epoll, int descriptor, int events) {
        MemorySegment state = callState();
        try (var arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EPOLL_EVENT_BYTES, 8);
            event.set(JAVA_INT, 0, events);
            return (int) orErrno((int) EPOLL_CTL.invokeExact(state, epoll, EPOLL_CTL_ADD, descriptor, event), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    /** Waits without end; {@code events} is filled with as many events as fit and happened. */
    static int epollWait(int epoll, MemorySegment events) {
        MemorySegment state = callState();
        int limit = Math.toIntExact(events.byteSize() / EPOLL_EVENT_BYTES);
        try {
            return (int) orErrno((int) EPOLL_WAIT.invokeExact(state, epoll, events, limit, -1), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    static int eventfd() {
        MemorySegment state = callState();
        try {
            return (int) orErrno((int) EVENTFD.invokeExact(state, 0, EFD_CLOEXEC), state);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    /**
     * Zeroed pages that are the kernel's until they are touched; they go with {@code arena}.
     *
     * <p>An arena's own memory is written with zeros at once: a buffer of 1 MiB per thread would be resident whether
     * used or not.
     */
    static MemorySegment mapPages(Arena arena, long byteCount) {
        MemorySegment state = callState();
        try {
            long address = orErrno(
                    (long) MMAP.invokeExact(state, 0L, byteCount, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L),
                    state);
            if (address < 0) {
                throw new OutOfMemoryError("mmap of " + byteCount + " bytes: " + Errno.text((int) -address));
            }
            return MemorySegment.ofAddress(address).reinterpret(byteCount, arena, Linux::unmapPages);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    private static void unmapPages(MemorySegment pages) {
        MemorySegment state = callState();
        try {
            long result = orErrno((int) MUNMAP.invokeExact(state, pages, pages.byteSize()), state);
            if (result < 0) {
                throw new IllegalStateException("munmap: " + Errno.text((int) -result));
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }
}
