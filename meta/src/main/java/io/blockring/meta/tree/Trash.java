package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Transactions;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where removed files wait for some days: one folder for each hour, under an inode of its own that no directory
 * holds and that only a look-up of {@code .trash} in the root finds.
 */
final class Trash {
    static final long ROOT = FileTree.TRASH;
    static final String ROOT_NAME = ".trash";
    private static final int FOLDER_MODE = 0555;
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("uuuu-MM-dd-HH").withZone(ZoneOffset.UTC);

    private record Folder(String hour, long inode) {}

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final InstantSource clock;
    private final Supplier<VolumeFormat> format;
    private volatile @Nullable Folder current;

    Trash(
            MetaEngine engine,
            Transactions transactions,
            Accounts accounts,
            InstantSource clock,
            Supplier<VolumeFormat> format) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.clock = clock;
        this.format = format;
    }

    /** Whether the inode is the trash itself or one of its hourly folders. */
    static boolean isTrash(long inode) {
        return inode >= ROOT;
    }

    static boolean isRootName(Name name) {
        return name.toString().equals(ROOT_NAME);
    }

    /** The folder for what is removed from {@code parent} now; 0 where it is not kept. */
    long folderFor(long parent) throws FileError {
        if (format.get().trashDays() <= 0 || isTrash(parent)) {
            return 0;
        }
        Instant now = clock.instant();
        String hour = HOUR.format(now);
        Folder folder = current;
        if (folder == null || !folder.hour().equals(hour)) {
            folder = new Folder(hour, findOrMake(Name.of(hour), Timestamp.of(now)));
            current = folder;
        }
        return folder.inode();
    }

    private long findOrMake(Name hour, Timestamp now) throws FileError {
        Child there = engine.reads().child(ROOT, hour);
        return there != null ? there.inode() : make(hour, now);
    }

    private long make(Name hour, Timestamp now) throws FileError {
        long inode = ROOT + engine.increment(Counter.NEXT_TRASH, 1);
        return transactions.run(
                transaction -> {
                    Child there = transaction.child(ROOT, hour);
                    if (there != null) {
                        return there.inode();
                    }
                    transaction.witness(reads -> new Child(FileType.DIRECTORY, inode).equals(reads.child(ROOT, hour)));
                    transaction.putChild(ROOT, hour, new Child(FileType.DIRECTORY, inode));
                    Attr attr = AttrDraft.of(FileType.DIRECTORY, FOLDER_MODE, 0, ROOT, now)
                            .done();
                    transaction.putAttr(inode, attr);
                    accounts.madeIn(transaction, ROOT, inode, attr);
                    return inode;
                },
                ROOT);
    }

    /** What an entry is called in the trash; the directory that it was in and its inode lead the way back. */
    static Name entryName(long parent, long inode, Name name) {
        byte[] lead = (parent + "-" + inode + "-").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(lead, lead.length + name.length());
        System.arraycopy(name.toBytes(), 0, all, lead.length, name.length());
        return Name.stored(all.length > Name.MAX_BYTES ? Arrays.copyOf(all, Name.MAX_BYTES) : all);
    }

    /** The hour that a folder stands for; empty where the name is none of ours. */
    static Optional<Instant> hourOf(Name folder) {
        try {
            return Optional.of(LocalDateTime.parse(folder.toString(), HOUR).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
