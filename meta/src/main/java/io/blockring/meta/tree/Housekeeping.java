package io.blockring.meta.tree;

import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaScan;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Stamp;
import io.blockring.meta.engine.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is done about once an hour, by one client at a time: work that a crash or a full queue left behind, and what
 * was kept for some days.
 */
final class Housekeeping {
    private static final Duration EVERY = Duration.ofMinutes(54);
    private static final Duration DELETED_FILE_REST = Duration.ofHours(1);
    /** A folder of the trash takes files for an hour, and clocks differ. */
    private static final Duration TRASH_FOLDER_REST = Duration.ofHours(2);

    private static final int AT_ONCE = 1000;

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Removal removal;
    private final TreeRemoval treeRemoval;
    private final DeadData deadData;
    private final InstantSource clock;
    private final Supplier<VolumeFormat> format;

    Housekeeping(
            MetaEngine engine,
            Transactions transactions,
            Removal removal,
            TreeRemoval treeRemoval,
            DeadData deadData,
            InstantSource clock,
            Supplier<VolumeFormat> format) {
        this.engine = engine;
        this.transactions = transactions;
        this.removal = removal;
        this.treeRemoval = treeRemoval;
        this.deadData = deadData;
        this.clock = clock;
        this.format = format;
    }

    /** Does each job whose time has come. */
    void run() throws FileError {
        Instant now = clock.instant();
        Instant keptSince = now.minus(Duration.ofDays(format.get().trashDays()));
        if (isTimeFor(Stamp.CLEANUP_FILES, now)) {
            deleteFiles(now.minus(DELETED_FILE_REST));
        }
        if (isTimeFor(Stamp.CLEANUP_SLICES, now)) {
            deleteSlices();
            deleteDelayed(keptSince);
            engine.dropOldVersions();
        }
        if (isTimeFor(Stamp.CLEANUP_TRASH, now)) {
            emptyTrash(keptSince.minus(TRASH_FOLDER_REST));
        }
    }

    private boolean isTimeFor(Stamp job, Instant now) throws FileError {
        return engine.setIfSmaller(job, now.getEpochSecond(), EVERY.toSeconds());
    }

    /** Deletes the data of files deleted before {@code before}: whoever deleted them did not get so far. */
    void deleteFiles(Instant before) throws FileError {
        engine.scans().deletedFiles().forEach(file -> {
            if (file.deletedAt() < before.getEpochSecond()) {
                deadData.delete(file);
            }
        });
    }

    void deleteSlices() throws FileError {
        engine.sync();
        MetaScan<SliceKey> dead = engine.scans().unreferenced();
        for (List<SliceKey> some = dead.next(); !some.isEmpty(); some = dead.next()) {
            deadData.deleteObjects(some);
        }
    }

    /** Drops the slices that compactions replaced before {@code before}. */
    void deleteDelayed(Instant before) throws FileError {
        engine.scans().delayedSlices().forEach(delayed -> {
            if (delayed.replacedAt() < before.getEpochSecond()) {
                drop(delayed);
            }
        });
    }

    private void drop(DelayedSlices delayed) throws FileError {
        List<DeadData.Dropped> dropped = transactions.run(transaction -> {
            if (!transaction.isDelayed(delayed)) {
                return List.of();
            }
            transaction.witness(reads -> !reads.isDelayed(delayed));
            transaction.deleteDelayedSlices(delayed);
            return DeadData.dropAll(transaction, delayed.slices());
        });
        engine.sync();
        deadData.deleteDead(dropped);
    }

    /** Deletes the folders of hours before {@code before}, with all that is in them. */
    void emptyTrash(Instant before) throws FileError {
        List<Dentry> folders = engine.reads().children(Trash.ROOT, null, AT_ONCE);
        for (Dentry folder : folders) {
            if (Trash.hourOf(folder.name()).map(before::isAfter).orElse(false)) {
                // Trees that were restored in part lie in it whole.
                treeRemoval.empty(folder.inode(), JobWatch.NONE);
                removal.removeDirectory(Caller.ROOT, Trash.ROOT, folder.name());
            }
        }
    }
}
