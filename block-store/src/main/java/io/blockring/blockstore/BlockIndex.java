package io.blockring.blockstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a disk tier that survive the process: its segments, its blocks, and the bytes of small blocks. */
interface BlockIndex extends AutoCloseable {
    /** A set of slots for one kind of blocks. */
    record SegmentRow(int number, Segment.Kind kind, int slots) {}

    /** A block and its place. */
    record BlockRow(Fingerprint block, long place) {}

    /** A block to forget. */
    record Removal(Fingerprint block, boolean hasBytes) {}

    /** Takes a row; an exception ends the walk. */
    @FunctionalInterface
    interface RowVisitor<R> {
        void visit(R row) throws IOException;
    }

    void putSegment(SegmentRow row) throws IOException;

    void deleteSegment(int number) throws IOException;

    /**
     * Names a block that is complete.
     *
     * @param bytes header and bytes of a small block, which are kept with the row
     */
    void putBlock(BlockRow row, byte @Nullable [] bytes) throws IOException;

    /** Forgets blocks, all or none. */
    void deleteBlocks(List<Removal> removals) throws IOException;

    /** What was given to {@link #putBlock} with the row. */
    byte @Nullable [] bytes(Fingerprint block) throws IOException;

    /** Where the block is; null when it has no row. */
    @Nullable
    Long place(Fingerprint block) throws IOException;

    /** About how many blocks have a row. */
    long blocks() throws IOException;

    void forEachSegment(RowVisitor<SegmentRow> visitor) throws IOException;

    void forEachBlock(RowVisitor<BlockRow> visitor) throws IOException;

    /** How often the index has been opened, this time included. */
    int run();

    /**
     * The last run whose slots may not be whole: the machine was started anew since, and what it had not yet written to
     * the disk is lost; 0 when there is none. The death of the process alone loses nothing that was written.
     */
    int suspectRun();

    /** Was the run before this one closed in order, so that no slot has bytes that no row names? */
    boolean wasClosedCleanly();

    /** Says so for this run. */
    void markClean() throws IOException;

    /** How much its files hold. */
    long fileBytes() throws IOException;

    @Override
    void close();

    /** Opens the index in a folder. */
    @FunctionalInterface
    interface Opener {
        /**
         * Opens or makes it.
         *
         * @param logBytes how much its logs may hold besides the rows
         */
        BlockIndex open(Path folder, long logBytes) throws IOException;
    }
}
