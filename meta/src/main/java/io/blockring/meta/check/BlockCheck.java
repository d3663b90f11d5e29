package io.blockring.meta.check;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.check.BlockObjects.Block;
import io.blockring.meta.engine.ChunkRecord;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.ids.IdSet;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Whether each file's slices have their objects in the store. The store is listed once; what the listing does not show
 * whole, as what was written since, is asked for block by block, and told only if the file still refers to it.
 *
 * <p>Memory: four bytes for each slice id, up to a limit from which on slices are asked for block by block.
 */
public final class BlockCheck {
    private static final int CHUNKS_AT_ONCE = 256;
    private static final int ENTRIES_AT_ONCE = 1000;

    private final MetaReads reads;
    private final BlockObjects objects;
    private final int blockBytes;
    private final Findings findings;
    private long chunks;
    private long brokenFiles;
    private long lostBlocks;
    private long lostBytes;

    private BlockCheck(MetaEngine engine, BlockObjects objects, int blockBytes, Findings findings) {
        this.reads = engine.reads();
        this.objects = objects;
        this.blockBytes = blockBytes;
        this.findings = findings;
    }

    /** What a check found. */
    public record Result(long objects, long chunks, long brokenFiles, long lostBlocks, long lostBytes) {}

    /** Checks all files. */
    public static Result all(MetaEngine engine, BlockObjects objects, int blockBytes, Findings findings)
            throws IOException, FileError {
        var check = new BlockCheck(engine, objects, blockBytes, findings);
        try (SliceSizes sizes = SliceSizes.list(objects, blockBytes, findings);
                var broken = new IdSet()) {
            var walk = engine.scans().chunks();
            for (List<ChunkRecord> some = walk.next(); !some.isEmpty(); some = walk.next()) {
                for (ChunkRecord chunk : some) {
                    if (check.isBroken(chunk, sizes) && broken.add(chunk.inode())) {
                        check.brokenFiles++;
                    }
                }
                findings.progress("chunks", check.chunks);
            }
            return check.result(sizes.listed());
        }
    }

    /** Checks the file {@code inode}, or all files below that directory, and asks for each of their blocks. */
    public static Result below(MetaEngine engine, long inode, BlockObjects objects, int blockBytes, Findings findings)
            throws IOException, FileError {
        var check = new BlockCheck(engine, objects, blockBytes, findings);
        check.checkBelow(inode);
        return check.result(0);
    }

    private Result result(long listed) {
        return new Result(listed, chunks, brokenFiles, lostBlocks, lostBytes);
    }

    private void checkBelow(long top) throws IOException, FileError {
        var attr = reads.attr(top);
        if (attr == null || attr.type() != FileType.DIRECTORY) {
            checkFile(top, attr == null ? 0 : attr.length());
            return;
        }
        var left = new ArrayDeque<Long>(List.of(top));
        while (!left.isEmpty()) {
            long directory = left.removeLast();
            @Nullable Name after = null;
            List<Dentry> some;
            do {
                some = reads.children(directory, after, ENTRIES_AT_ONCE);
                List<Long> files = new ArrayList<>();
                for (Dentry entry : some) {
                    after = entry.name();
                    if (entry.type() == FileType.DIRECTORY) {
                        left.addLast(entry.inode());
                    } else if (entry.type() == FileType.FILE) {
                        files.add(entry.inode());
                    }
                }
                var attrs = reads.attrs(files);
                for (int i = 0; i < files.size(); i++) {
                    var file = attrs.get(i);
                    checkFile(files.get(i), file == null ? 0 : file.length());
                }
                findings.progress("chunks", chunks);
            } while (some.size() == ENTRIES_AT_ONCE);
        }
    }

    private void checkFile(long inode, long length) throws IOException, FileError {
        boolean broken = false;
        int bound = (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(length, (long) FileTree.CHUNK_BYTES));
        List<Integer> some;
        int next = 0;
        do {
            some = reads.chunks(inode, next, bound, CHUNKS_AT_ONCE);
            for (int chunk : some) {
                broken |= isBroken(new ChunkRecord(inode, chunk, reads.slices(inode, chunk)), null);
                next = chunk + 1;
            }
        } while (some.size() == CHUNKS_AT_ONCE);
        brokenFiles += broken ? 1 : 0;
    }

    private boolean isBroken(ChunkRecord chunk, @Nullable SliceSizes sizes) throws IOException, FileError {
        chunks++;
        boolean broken = false;
        for (SliceRecord slice : chunk.slices()) {
            if (!slice.isZeros() && (sizes == null || !sizes.isWhole(slice.sliceId(), slice.size()))) {
                broken |= isLost(chunk, slice);
            }
        }
        return broken;
    }

    private boolean isLost(ChunkRecord chunk, SliceRecord slice) throws IOException, FileError {
        var lost = new ArrayList<String>();
        long bytes = 0;
        int count = Math.ceilDiv(slice.size(), blockBytes);
        for (int i = 0; i < count; i++) {
            int plainBytes = Math.min(blockBytes, slice.size() - i * blockBytes);
            var block = new Block(slice.sliceId(), i, plainBytes);
            OptionalLong found = objects.bytes(block);
            if (found.isEmpty()) {
                lost.add("block %d of slice %d is not in the store".formatted(i, slice.sliceId()));
                bytes += plainBytes;
            } else if (objects.arePlain() && found.getAsLong() != plainBytes) {
                lost.add("block %d of slice %d has %d bytes in the store, and %d are due"
                        .formatted(i, slice.sliceId(), found.getAsLong(), plainBytes));
                bytes += plainBytes;
            }
        }
        if (lost.isEmpty() || !isStillUsed(chunk, slice)) {
            return false;
        }
        lostBlocks += lost.size();
        lostBytes += bytes;
        for (String text : lost) {
            findings.found("LOST_BLOCK", chunk.inode(), text, false);
        }
        return true;
    }

    /** A chunk that was compacted or deleted meanwhile lost nothing. */
    private boolean isStillUsed(ChunkRecord chunk, SliceRecord slice) throws FileError {
        return reads.attr(chunk.inode()) != null
                && reads.slices(chunk.inode(), chunk.chunk()).contains(slice);
    }
}
