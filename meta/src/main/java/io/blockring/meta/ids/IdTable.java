package io.blockring.meta.ids;

import io.blockring.meta.FileError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * A number for each id of many that lie close together, 0 where none was put: four bytes each, in pages of 16 KiB
 * outside of the heap. For one thread.
 */
public final class IdTable implements AutoCloseable {
    /** What a table may take of memory: enough for 67,108,864 ids that lie close together. */
    public static final long MAX_BYTES = 256L << 20;

    private static final int PAGE_BITS = 12;
    private static final long PAGE_BYTES = (long) Integer.BYTES << PAGE_BITS;

    private final Arena arena = Arena.ofShared();
    private final Map<Long, MemorySegment> pages = new HashMap<>();
    private final long mostPages;

    public IdTable() {
        this(MAX_BYTES);
    }

    /** A table that takes no more than {@code mostBytes}. */
    public IdTable(long mostBytes) {
        mostPages = mostBytes / PAGE_BYTES;
    }

    public int get(long id) {
        MemorySegment page = pages.get(id >>> PAGE_BITS);
        return page == null ? 0 : page.getAtIndex(ValueLayout.JAVA_INT, indexOf(id));
    }

    /**
     * Puts the number of an id. False, and nothing is put, where the table would take more than it may: the caller finds
     * that number out in another way.
     */
    public boolean put(long id, int value) {
        MemorySegment page = pages.get(id >>> PAGE_BITS);
        if (page == null) {
            if (pages.size() == mostPages) {
                return false;
            }
            page = arena.allocate(PAGE_BYTES, Integer.BYTES);
            pages.put(id >>> PAGE_BITS, page);
        }
        page.setAtIndex(ValueLayout.JAVA_INT, indexOf(id), value);
        return true;
    }

    /** Adds to the number of an id; fails with NO_SPACE where the table would take more than it may. */
    public void add(long id, int more) throws FileError {
        if (!put(id, get(id) + more)) {
            throw new FileError(
                    FileError.Kind.NO_SPACE,
                    "the ids of this volume take more than %d bytes of memory".formatted(mostPages * PAGE_BYTES));
        }
    }

    private static long indexOf(long id) {
        return id & ((1 << PAGE_BITS) - 1);
    }

    @Override
    public void close() {
        pages.clear();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
