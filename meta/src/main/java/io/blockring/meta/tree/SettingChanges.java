package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Transactions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Changes the settings of a volume, in one transaction. */
public final class SettingChanges {
    /**
     * What was changed.
     *
     * @param changed the names of the fields that have another value now
     * @param needsRemount whether mounts use the old values until they are mounted again
     * @param sessions how many live sessions there are
     */
    public record Result(List<String> changed, boolean needsRemount, int sessions) {
        public Result {
            changed = List.copyOf(changed);
        }
    }

    private SettingChanges() {}

    /**
     * Makes a change.
     *
     * @param force also where live sessions would not hear of it
     * @throws FileError BUSY when they would not; INVALID when no volume can have such settings; NOT_SUPPORTED when this
     *     build could not write the volume with them
     */
    public static Result make(MetaEngine engine, SettingChange change, boolean force, Instant now) throws FileError {
        int live = liveSessions(engine, now);
        Result result = new Transactions(engine, new InodeLocks()).run(transaction -> {
            byte[] json = transaction.setting();
            if (json == null) {
                throw new FileError(FileError.Kind.NOT_FOUND, "there is no volume in these metadata");
            }
            VolumeSetting before = VolumeSetting.recorded(json);
            VolumeSetting after = changed(before, change);
            List<String> fields = after.differsFrom(before);
            boolean needsRemount = change.needsRemount() && !fields.isEmpty();
            if (needsRemount && live > 0 && !force) {
                throw new FileError(
                        FileError.Kind.BUSY,
                        "%d sessions use the volume and keep to the old %s until they are mounted again"
                                .formatted(live, String.join(", ", fields)));
            }
            if (!fields.isEmpty()) {
                byte[] text = after.toJson();
                transaction.witness(reads -> Arrays.equals(reads.setting(), text));
                transaction.putSetting(text);
                if (after.format().trashDays() > 0 && transaction.attr(Trash.ROOT) == null) {
                    transaction.putAttr(Trash.ROOT, NewVolume.trash(now));
                }
            }
            return new Result(fields, needsRemount, live);
        });
        engine.sync();
        return result;
    }

    /** Sessions that say that they live. */
    public static int liveSessions(MetaEngine engine, Instant now) throws FileError {
        var live = new int[1];
        engine.scans().sessions().forEach(session -> live[0] += session.expiresAt() >= now.getEpochSecond() ? 1 : 0);
        return live[0];
    }

    private static VolumeSetting changed(VolumeSetting before, SettingChange change) throws FileError {
        VolumeSetting after;
        try {
            after = before.with(change);
        } catch (IllegalArgumentException e) {
            throw new FileError(FileError.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
        List<String> objections = after.objections(false);
        if (!objections.isEmpty() && before.objections(false).isEmpty()) {
            throw new FileError(
                    FileError.Kind.NOT_SUPPORTED,
                    "this build could not use the volume any more: " + objections.getFirst());
        }
        return after;
    }
}
