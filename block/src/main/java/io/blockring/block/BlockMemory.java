package io.blockring.block;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Native memory that blocks are received into and sent from.
 *
 * <p>Its pages are the kernel's until they are touched, and where there is room for huge pages the kernel is asked for
 * them: copying between a socket, a file or a pipe and memory then looks up and pins 512 times fewer pages. A kernel
 * that has none gives small pages, and nothing else changes.
 */
@SuppressWarnings("restricted")
public final class BlockMemory {
    /** Memory of that many bytes or more lies on huge pages. */
    public static final long HUGE_PAGE_BYTES = 2L << 20;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final MethodHandle MMAP =
            bind("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = bind("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle MADVISE = bind("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    private BlockMemory() {}

    private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    /** Zeros; they start on a page, on a huge one where they fill one, and go with {@code arena}. */
    public static MemorySegment allocate(Arena arena, long byteCount) {
        if (byteCount < HUGE_PAGE_BYTES) {
            return map(arena, byteCount);
        }
        MemorySegment mapped = map(arena, byteCount + HUGE_PAGE_BYTES);
        long skipped = Math.floorMod(-mapped.address(), HUGE_PAGE_BYTES);
        MemorySegment aligned = mapped.asSlice(skipped, byteCount);
        advise(aligned);
        return aligned;
    }

    private static MemorySegment map(Arena arena, long byteCount) {
        long address;
        try {
            address = (long) MMAP.invokeExact(0L, byteCount, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
        if (address == MAP_FAILED) {
            throw new OutOfMemoryError("the system gives no " + byteCount + " bytes");
        }
        return MemorySegment.ofAddress(address).reinterpret(byteCount, arena, BlockMemory::unmap);
    }

    /** A wish: what the kernel answers does not matter. */
    private static void advise(MemorySegment memory) {
        try {
            int _ = (int) MADVISE.invokeExact(memory, memory.byteSize(), MADV_HUGEPAGE);
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
    }

    private static void unmap(MemorySegment mapped) {
        int result;
        try {
            result = (int) MUNMAP.invokeExact(mapped, mapped.byteSize());
        } catch (Throwable e) {
            throw brokenBinding(e);
        }
        if (result != 0) {
            throw new IllegalStateException("memory that was mapped is not");
        }
    }

    private static IllegalStateException brokenBinding(Throwable cause) {
        return new IllegalStateException("a system call is bound wrongly", cause);
    }
}
