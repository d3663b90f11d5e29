package io.blockring.blockstore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A file by its descriptor, with {@code fallocate}, which the JDK does not have.
 *
 * <p>Reads and writes go to the descriptor too: they do not end when a thread is interrupted, whereas a
 * {@link FileChannel} would be closed for all its users.
 */
@SuppressWarnings("restricted")
final class LinuxFile implements SegmentFile {
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_TRUNC = 01000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_DIRECT = System.getProperty("os.arch").equals("aarch64") ? 0200000 : 040000;
    private static final int OWNER_ONLY = 0600;
    private static final int KEEP_SIZE_AND_PUNCH_HOLE = 1 | 2;

    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int EDQUOT = 122;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
            CAPTURE_ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle FALLOCATE = handle(
            "fallocate",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));
    private static final FunctionDescriptor TRANSFER = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle PREAD = handle("pread", TRANSFER);
    private static final MethodHandle PWRITE = handle("pwrite", TRANSFER);

    /** A system call; what is below zero is an error. */
    @FunctionalInterface
    interface SystemCall {
        long run(MemorySegment callState) throws Throwable;
    }

    private final Path path;
    private final int descriptor;
    // Held for reading around each use of the descriptor: a closed one's number may soon name another file.
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private final Object channelLock = new Object();
    private boolean closed;
    private volatile @Nullable FileChannel channel;

    private LinuxFile(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    static LinuxFile create(Path path) throws IOException {
        return new LinuxFile(path, open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC));
    }

    static LinuxFile open(Path path) throws IOException {
        return new LinuxFile(path, open(path, O_RDWR | O_CLOEXEC));
    }

    @Override
    public void allocate(long offset, long bytes) throws IOException {
        long result = withDescriptor(state -> (int) FALLOCATE.invokeExact(state, descriptor, 0, offset, bytes));
        if (result != -EOPNOTSUPP && result != -ENOSYS) {
            check(result, "allocate");
        }
    }

    @Override
    public void write(MemorySegment bytes, long offset) throws IOException {
        long done = 0;
        while (done < bytes.byteSize()) {
            MemorySegment rest = bytes.asSlice(done);
            long at = offset + done;
            done += check(
                    withDescriptor(state -> (long) PWRITE.invokeExact(state, descriptor, rest, rest.byteSize(), at)),
                    "write");
        }
    }

    @Override
    public long read(MemorySegment into, long offset) throws IOException {
        long done = 0;
        while (done < into.byteSize()) {
            MemorySegment rest = into.asSlice(done);
            long at = offset + done;
            long count = check(
                    withDescriptor(state -> (long) PREAD.invokeExact(state, descriptor, rest, rest.byteSize(), at)),
                    "read");
            if (count == 0) {
                break;
            }
            done += count;
        }
        return done;
    }

    @Override
    public long readFromDevice(MemorySegment into, long offset) throws IOException {
        long direct = tryOpen(path, O_DIRECT | O_CLOEXEC);
        if (direct == -EINVAL) {
            return read(into, offset);
        }
        int opened = (int) check(direct, "open");
        try {
            long count = call(state -> (long) PREAD.invokeExact(state, opened, into, into.byteSize(), offset));
            return count == -EINVAL ? read(into, offset) : check(count, "read");
        } finally {
            check(call(state -> (int) CLOSE.invokeExact(state, opened)), "close");
        }
    }

    @Override
    public boolean punch(long offset, long bytes) throws IOException {
        long result = withDescriptor(
                state -> (int) FALLOCATE.invokeExact(state, descriptor, KEEP_SIZE_AND_PUNCH_HOLE, offset, bytes));
        if (result == -EOPNOTSUPP || result == -ENOSYS) {
            return false;
        }
        check(result, "punch");
        return true;
    }

    @Override
    public FileChannel channel() throws IOException {
        FileChannel current = channel;
        if (current != null && current.isOpen()) {
            return current;
        }
        synchronized (channelLock) {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (channel == null || !channel.isOpen()) {
                channel = FileChannel.open(path, StandardOpenOption.READ);
            }
            return channel;
        }
    }

    @Override
    public void close() throws IOException {
        use.writeLock().lock();
        try {
            synchronized (channelLock) {
                if (closed) {
                    return;
                }
                closed = true;
                if (channel != null) {
                    channel.close();
                }
            }
            check(call(state -> (int) CLOSE.invokeExact(state, descriptor)), "close");
        } finally {
            use.writeLock().unlock();
        }
    }

    private long withDescriptor(SystemCall call) throws IOException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            return call(call);
        } finally {
            use.readLock().unlock();
        }
    }

    private long check(long result, String what) throws IOException {
        if (result == -ENOSPC || result == -EDQUOT) {
            throw new OutOfSpaceException(what + " " + path + ": no space left");
        }
        if (result < 0) {
            throw new IOException(what + " " + path + ": errno " + -result);
        }
        return result;
    }

    private static int open(Path path, int flags) throws IOException {
        long result = tryOpen(path, flags);
        if (result == -ENOENT) {
            throw new NoSuchFileException(path.toString());
        }
        if (result < 0) {
            throw new IOException("open " + path + ": errno " + -result);
        }
        return (int) result;
    }

    private static long tryOpen(Path path, int flags) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            return call(state -> (int) OPEN.invokeExact(state, name, flags, OWNER_ONLY));
        }
    }

    /** The result of the call, or its errno below zero. */
    static long call(SystemCall call) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            while (true) {
                long result = call.run(state);
                if (result >= 0) {
                    return result;
                }
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != EINTR) {
                    return -errno;
                }
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a system call cannot throw", e);
        }
    }

    static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, CAPTURE_ERRNO);
    }
}
