package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** System calls on files that Java has no words for; each answers a value, or a negative errno. */
@SuppressWarnings("restricted")
final class FileCalls {
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;
    static final int RENAME_NO_REPLACE = 1;
    static final int RENAME_EXCHANGE = 2;
    static final int RENAME_WHITEOUT = 4;
    static final int PUNCH_HOLE_KEEP_SIZE = 3;
    static final int COLLAPSE_RANGE = 8;
    static final int ZERO_RANGE = 16;
    static final int ZERO_RANGE_KEEP_SIZE = 17;
    static final int INSERT_RANGE = 32;

    private static final int AT_FDCWD = -100;
    private static final MethodHandle LSEEK = Linux.bind("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle FALLOCATE =
            Linux.bind("fallocate", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle COPY_FILE_RANGE =
            Linux.bind("copy_file_range", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RENAME =
            Linux.bind("renameat2", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);

    private FileCalls() {}

    static long seek(Path file, long offset, int whence) {
        var state = Linux.callState();
        int descriptor = Linux.open(file.toString(), Linux.O_RDWR);
        try {
            return Linux.orErrno((long) LSEEK.invokeExact(state, descriptor, offset, whence), state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        } finally {
            Linux.close(descriptor);
        }
    }

    static long allocate(Path file, int mode, long offset, long length) {
        var state = Linux.callState();
        int descriptor = Linux.open(file.toString(), Linux.O_RDWR);
        try {
            return Linux.orErrno((int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length), state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        } finally {
            Linux.close(descriptor);
        }
    }

    static long copyRange(Path from, long fromOffset, Path to, long toOffset, long length) {
        var state = Linux.callState();
        int source = Linux.open(from.toString(), Linux.O_RDWR);
        int target = Linux.open(to.toString(), Linux.O_RDWR);
        try (var arena = Arena.ofConfined()) {
            return Linux.orErrno(
                    (long) COPY_FILE_RANGE.invokeExact(
                            state,
                            source,
                            arena.allocateFrom(JAVA_LONG, fromOffset),
                            target,
                            arena.allocateFrom(JAVA_LONG, toOffset),
                            length,
                            0),
                    state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        } finally {
            Linux.close(source);
            Linux.close(target);
        }
    }

    static long rename(Path from, Path to, int flags) {
        var state = Linux.callState();
        try (var arena = Arena.ofConfined()) {
            return Linux.orErrno(
                    (int) RENAME.invokeExact(
                            state,
                            AT_FDCWD,
                            arena.allocateFrom(from.toString()),
                            AT_FDCWD,
                            arena.allocateFrom(to.toString()),
                            flags),
                    state);
        } catch (Throwable e) {
            throw Linux.brokenBinding(e);
        }
    }
}
