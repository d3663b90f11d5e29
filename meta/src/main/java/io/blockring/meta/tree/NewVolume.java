package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Transactions;
import java.time.Instant;
import java.time.InstantSource;

/** The first records of a volume: its settings, its root, the trash, and the counters of ids. */
public final class NewVolume {
    private static final int ROOT_MODE = 0777;
    private static final int TRASH_MODE = 0555;

    private NewVolume() {}

    /** Makes the volume; false, and nothing is changed, when there is one. */
    public static boolean create(MetaEngine engine, VolumeSetting setting) throws FileError {
        return create(engine, setting, InstantSource.system());
    }

    static boolean create(MetaEngine engine, VolumeSetting setting, InstantSource clock) throws FileError {
        // Whole seconds, so that the first records look like those that JuiceFS writes.
        Timestamp now = new Timestamp(clock.instant().getEpochSecond(), 0);
        boolean made = new Transactions(engine, new InodeLocks()).run(transaction -> {
            if (transaction.setting() != null) {
                return false;
            }
            transaction.putSetting(setting.toJson());
            transaction.putAttr(FileTree.ROOT, directory(ROOT_MODE, now));
            if (setting.format().trashDays() > 0) {
                transaction.putAttr(Trash.ROOT, directory(TRASH_MODE, now));
            }
            if (setting.upkeep().directoryStats()) {
                transaction.putDirectoryStats(FileTree.ROOT, DirectoryStats.NONE);
            }
            transaction.startCounters();
            return true;
        });
        engine.sync();
        return made;
    }

    /** The trash of a volume that had none. */
    static Attr trash(Instant now) {
        return directory(TRASH_MODE, new Timestamp(now.getEpochSecond(), 0));
    }

    private static Attr directory(int mode, Timestamp now) {
        return AttrDraft.of(FileType.DIRECTORY, mode, 0, FileTree.ROOT, now).done();
    }
}
