package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.ChunkRecord;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.SliceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** What waits in the records for its deletion: counted, or deleted now where its time has come. */
public final class Leftovers {
    /** A folder of the trash is one hour's, and clocks differ. */
    private static final Duration TRASH_FOLDER_REST = Duration.ofHours(2);

    private final MetaEngine engine;
    private final Housekeeping housekeeping;
    private final Compaction compaction;
    private final InstantSource clock;
    private final Supplier<VolumeFormat> format;
    private final boolean readOnly;

    Leftovers(
            MetaEngine engine,
            Housekeeping housekeeping,
            Compaction compaction,
            InstantSource clock,
            Supplier<VolumeFormat> format,
            boolean readOnly) {
        this.engine = engine;
        this.housekeeping = housekeeping;
        this.compaction = compaction;
        this.clock = clock;
        this.format = format;
        this.readOnly = readOnly;
    }

    /**
     * What is there.
     *
     * @param deadSlices without any reference, whose objects are still to be deleted
     * @param keptSlices that compactions replaced and the trash keeps
     * @param dueSlices those of them that were kept long enough
     * @param deletedFiles whose data are still to be deleted
     */
    public record Found(
            long deadSlices,
            long deadBytes,
            long keptSlices,
            long keptBytes,
            long dueSlices,
            long dueBytes,
            long deletedFiles,
            long deletedBytes) {}

    /** Counts all of it. */
    public Found count() throws FileError {
        var sums = new long[8];
        engine.scans().unreferenced().forEach(slice -> {
            sums[0]++;
            sums[1] += slice.size();
        });
        long due = keptSince().getEpochSecond();
        engine.scans().delayedSlices().forEach(delayed -> {
            count(delayed, sums, 2);
            if (delayed.replacedAt() < due) {
                count(delayed, sums, 4);
            }
        });
        engine.scans().deletedFiles().forEach(file -> {
            sums[6]++;
            sums[7] += file.length();
        });
        return new Found(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]);
    }

    private static void count(DelayedSlices delayed, long[] sums, int at) {
        sums[at] += delayed.slices().size();
        sums[at + 1] += delayed.slices().stream().mapToLong(SliceKey::size).sum();
    }

    private void requireWritable() throws FileError {
        if (readOnly) {
            throw new FileError(FileError.Kind.READ_ONLY, "the volume is mounted read-only");
        }
    }

    private Instant keptSince() {
        return clock.instant().minus(Duration.ofDays(format.get().trashDays()));
    }

    /** Deletes what is due: old folders of the trash, data of deleted files, replaced and dead slices. */
    public void delete() throws FileError {
        requireWritable();
        housekeeping.emptyTrash(keptSince().minus(TRASH_FOLDER_REST));
        housekeeping.deleteFiles(Instant.MAX);
        housekeeping.deleteDelayed(keptSince());
        housekeeping.deleteSlices();
    }

    /** Makes one slice of the many of each chunk that has several; returns of how many chunks. */
    public long compact(LongConsumer progress) throws FileError {
        requireWritable();
        long seen = 0;
        long compacted = 0;
        var chunks = engine.scans().chunks();
        for (List<ChunkRecord> some = chunks.next(); !some.isEmpty(); some = chunks.next()) {
            for (ChunkRecord chunk : some) {
                boolean isOne = chunk.slices().size() > 1
                        && engine.reads().attr(chunk.inode()) != null
                        && compaction.compact(chunk.inode(), chunk.chunk());
                compacted += isOne ? 1 : 0;
                progress.accept(++seen);
            }
        }
        return compacted;
    }
}
