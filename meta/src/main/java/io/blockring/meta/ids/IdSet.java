package io.blockring.meta.ids;

import io.blockring.meta.FileError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * A set of ids that were given out in batches, and so lie close together: one bit for each, in pages of 8 KiB outside of
 * the heap that are made where there is an id. For one thread.
 */
public final class IdSet implements AutoCloseable {
    /** What a set may take of memory: enough for 2,147,483,648 ids that lie close together. */
    public static final long MAX_BYTES = 256L << 20;

    private static final int PAGE_BITS = 16;
    private static final int PAGE_BYTES = 1 << (PAGE_BITS - 3);

    private final Arena arena = Arena.ofShared();
    private final Map<Long, MemorySegment> pages = new HashMap<>();
    private final long mostPages;

    public IdSet() {
        this(MAX_BYTES);
    }

    /** A set that takes no more than {@code mostBytes}. */
    public IdSet(long mostBytes) {
        mostPages = mostBytes / PAGE_BYTES;
    }

    /** Adds an id; false when it is there already. Fails with NO_SPACE where the set would take more than it may. */
    public boolean add(long id) throws FileError {
        MemorySegment page = pages.get(id >>> PAGE_BITS);
        if (page == null) {
            if (pages.size() == mostPages) {
                throw new FileError(
                        FileError.Kind.NO_SPACE,
                        "the ids of this volume take more than %d bytes of memory".formatted(mostPages * PAGE_BYTES));
            }
            page = arena.allocate(PAGE_BYTES);
            pages.put(id >>> PAGE_BITS, page);
        }
        int bit = (int) (id & ((1 << PAGE_BITS) - 1));
        byte old = page.get(ValueLayout.JAVA_BYTE, bit >>> 3);
        byte now = (byte) (old | (1 << (bit & 7)));
        page.set(ValueLayout.JAVA_BYTE, bit >>> 3, now);
        return now != old;
    }

    public boolean contains(long id) {
        MemorySegment page = pages.get(id >>> PAGE_BITS);
        int bit = (int) (id & ((1 << PAGE_BITS) - 1));
        return page != null && (page.get(ValueLayout.JAVA_BYTE, bit >>> 3) & (1 << (bit & 7))) != 0;
    }

    @Override
    public void close() {
        pages.clear();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
