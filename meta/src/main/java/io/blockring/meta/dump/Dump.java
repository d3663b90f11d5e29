package io.blockring.meta.dump;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaScan;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.tree.VolumeSetting;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the metadata of a volume as JuiceFS dumps them: settings, counters, what waits for its deletion, quotas, and the
 * tree of files with the trash.
 *
 * <p>RocksDB is dumped as it was at one moment. Redis keeps no moments: what is changed while it is dumped may be in the
 * dump, or not, or under both of two names. Not in the form, and so not in a dump: locks, the data of files that were
 * deleted or are only held open, and the slices that compactions replaced and the trash keeps.
 *
 * <p>Memory: a page of entries for each directory between the root and where the dump is.
 */
public final class Dump {
    /**
     * What is dumped.
     *
     * @param keepSecrets whether the keys to the object store stay in the settings
     * @param skipTrash whether the trash is left out
     */
    public record Options(boolean keepSecrets, boolean skipTrash) {}

    /**
     * What a dump has.
     *
     * @param entries names in all directories
     * @param damaged some of the places where an entry names an inode without attributes, at most {@link
     *     TreeWriter#MOST_DAMAGED}
     */
    public record Result(long entries, List<String> damaged) {
        public Result {
            damaged = List.copyOf(damaged);
        }
    }

    private final MetaSnapshot moment;
    private final Options options;
    private final Writer out;
    private final TreeWriter tree;

    private Dump(MetaSnapshot moment, Options options, Writer out, LongConsumer progress) {
        this.moment = moment;
        this.options = options;
        this.out = out;
        this.tree = new TreeWriter(moment, out, progress);
    }

    /**
     * Writes a dump to {@code to}, which stays the caller's to close.
     *
     * @param progress is told now and then how many entries were written
     */
    public static Result write(MetaEngine engine, Options options, OutputStream to, LongConsumer progress)
            throws FileError, IOException {
        engine.flushUsage();
        var out = new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8));
        try (MetaSnapshot moment = engine.snapshot()) {
            var dump = new Dump(moment, options, out, progress);
            dump.write();
            out.flush();
            return dump.tree.result();
        }
    }

    private void write() throws FileError, IOException {
        out.write("{\n  \"Setting\": ");
        out.write(setting());
        writeCounters();
        writeSustained();
        writeDeletedFiles();
        writeQuotas();
        out.write(",");
        tree.write("FSTree", FileTree.ROOT);
        if (!options.skipTrash() && moment.attr(FileTree.TRASH) != null) {
            out.write(",");
            tree.write("Trash", FileTree.TRASH);
        }
        out.write("\n}\n");
    }

    private String setting() throws FileError, IOException {
        byte[] json = moment.setting();
        if (json == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "there is no volume in these metadata");
        }
        VolumeSetting setting = VolumeSetting.parse(json);
        byte[] shown = (options.keepSecrets() ? setting : setting.withoutStoreKeys()).toJson();
        return new String(shown, StandardCharsets.UTF_8).replace("\n", "\n    ").replace("\n    }", "\n  }");
    }

    private void writeCounters() throws FileError, IOException {
        out.write(",\n  \"Counters\": {");
        String lead = "\n    ";
        // Lists of access control are numbered anew by who loads them.
        for (Counter counter : EnumSet.complementOf(EnumSet.of(Counter.ACL_MAX_ID))) {
            out.write(lead + "\"" + nameOf(counter) + "\": " + moment.counter(counter));
            lead = ",\n    ";
        }
        out.write("\n  }");
    }

    static String nameOf(Counter counter) {
        return switch (counter) {
            case TOTAL_INODES -> "usedInodes";
            case NEXT_INODE -> "nextInodes";
            case USED_SPACE, NEXT_SLICE, NEXT_SESSION, NEXT_TRASH, ACL_MAX_ID -> counter.formatName();
        };
    }

    private void writeSustained() throws FileError, IOException {
        out.write(",\n  \"Sustained\": [");
        var list = new ListText("\n    ");
        for (SessionRecord session : all(moment.scans().sessions())) {
            List<Long> inodes = all(moment.scans().sustained(session.id()));
            if (!inodes.isEmpty()) {
                out.write(list.lead() + "{\"sid\": %d, \"inodes\": %s}".formatted(session.id(), inodes));
            }
        }
        out.write(list.end("\n  ]"));
    }

    private static <T> List<T> all(MetaScan<T> scan) throws FileError {
        var items = new ArrayList<T>();
        scan.forEach(items::add);
        return items;
    }

    private void writeDeletedFiles() throws FileError, IOException {
        out.write(",\n  \"DelFiles\": [");
        var list = new ListText("\n    ");
        var files = moment.scans().deletedFiles();
        for (var some = files.next(); !some.isEmpty(); some = files.next()) {
            for (var file : some) {
                out.write(list.lead()
                        + "{\"inode\": %d, \"length\": %d, \"expire\": %d}"
                                .formatted(file.inode(), file.length(), file.deletedAt()));
            }
        }
        out.write(list.end("\n  ]"));
    }

    private void writeQuotas() throws FileError, IOException {
        writeQuotas("Quotas", QuotaOwner.Directory.class);
        writeQuotas("UserQuotas", QuotaOwner.User.class);
        writeQuotas("GroupQuotas", QuotaOwner.Group.class);
    }

    /** Owners who are only counted, and have no limit, are left out: who loads the dump counts them again. */
    private void writeQuotas(String title, Class<? extends QuotaOwner> kind) throws FileError, IOException {
        var list = new ListText("\n    ");
        var owners = moment.scans().quotaOwners();
        for (List<QuotaOwner> some = owners.next(); !some.isEmpty(); some = owners.next()) {
            for (QuotaOwner owner : some) {
                @Nullable Quota quota = kind.isInstance(owner) ? moment.quota(owner) : null;
                boolean counted = quota != null
                        && quota.maxSpace() == Quota.UNLIMITED
                        && quota.maxInodes() == Quota.UNLIMITED
                        && !(owner instanceof QuotaOwner.Directory);
                if (quota != null && !counted) {
                    out.write(list.isEmpty() ? ",\n  \"" + title + "\": {" : "");
                    out.write(list.lead()
                            + "\"%d\": {\"maxSpace\": %d, \"maxInodes\": %d}"
                                    .formatted(idOf(owner), quota.maxSpace(), quota.maxInodes()));
                }
            }
        }
        out.write(list.isEmpty() ? "" : list.end("\n  }"));
    }

    private static long idOf(QuotaOwner owner) {
        return switch (owner) {
            case QuotaOwner.Directory(long inode) -> inode;
            case QuotaOwner.User(int uid) -> Integer.toUnsignedLong(uid);
            case QuotaOwner.Group(int gid) -> Integer.toUnsignedLong(gid);
        };
    }
}
