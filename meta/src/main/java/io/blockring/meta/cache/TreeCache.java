package io.blockring.meta.cache;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.ChangeListener;
import io.blockring.meta.engine.Point;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a client remembers of a tree: attributes, entries and names that are missing, each for its time.
 *
 * <p>It is made before the tree, which tells it of each record that this process changes, before who changed it hears that
 * it is done. So within a process nobody is shown what was true before a change that has returned. What other clients
 * change is seen after the time of {@link CacheTimes} at the latest, and by every open that asks. Safe for use by many
 * threads.
 */
public final class TreeCache implements ChangeListener {
    /** Inodes whose attributes are kept, about 300 bytes each. */
    public static final int MAX_ATTRIBUTES = 100_000;

    /** Entries that are kept, of names that are there and that are not; about 250 bytes each with a name of 20. */
    public static final int MAX_ENTRIES = 100_000;

    private record EntryKey(long directory, Name name) {}

    /** What a name names: inode 0 for nothing. */
    private record Named(long inode, boolean isDirectory) {
        static final Named NOTHING = new Named(0, false);
    }

    /** An answer from memory about a name. */
    sealed interface Known {
        record There(long inode) implements Known {}

        record Missing() implements Known {}
    }

    private final AtomicLong numbers = new AtomicLong();
    private final LongSupplier nanos;
    private final boolean isOff;
    private final long attributeNanos;
    private final long openNanos;
    private final long entryNanos;
    private final long directoryEntryNanos;
    private final long missingNanos;
    private final Facts<Long, Attr> attributes;
    private final Facts<EntryKey, Named> entries;
    private final CachedSlices slices = new CachedSlices();

    public TreeCache(CacheTimes times, LongSupplier nanos) {
        this(times, nanos, MAX_ATTRIBUTES, MAX_ENTRIES);
    }

    TreeCache(CacheTimes times, LongSupplier nanos, long maxAttributes, long maxEntries) {
        this.nanos = nanos;
        this.isOff = times.equals(CacheTimes.OFF);
        this.attributeNanos = times.attributes().toNanos();
        this.openNanos = times.open().toNanos();
        this.entryNanos = times.entries().toNanos();
        this.directoryEntryNanos = times.directoryEntries().toNanos();
        this.missingNanos = times.missingEntries().toNanos();
        this.attributes = new Facts<>(maxAttributes, longest(times.attributes(), times.open()), numbers, nanos);
        this.entries = new Facts<>(
                maxEntries,
                longest(times.entries(), longest(times.directoryEntries(), times.missingEntries())),
                numbers,
                nanos);
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** The tree that tells this cache of its changes, with answers from memory; the tree itself where nothing is kept. */
    public FileTree over(FileTree tree) {
        return isOff ? tree : new CachedTree(tree, this);
    }

    @Override
    public void changed(List<Point> points) {
        for (Point point : points) {
            switch (point) {
                case Point.Attributes(long inode) -> forget(inode);
                case Point.Entry(long directory, Name name) -> entries.forget(new EntryKey(directory, name));
                case Point.Slices(long inode, int _) -> slices.forget(inode);
            }
        }
    }

    /** To be called before the tree is asked for something that is to be kept. */
    Question ask() {
        return new Question(numbers.get(), nanos.getAsLong());
    }

    @Nullable
    Attr attributes(long inode) {
        return attributes.find(inode, _ -> attributeNanos);
    }

    /** Attributes that an open may go by without asking. */
    @Nullable
    Attr openAttributes(long inode) {
        return attributes.find(inode, _ -> openNanos);
    }

    @Nullable
    Known entry(long directory, Name name) {
        Named named = entries.find(new EntryKey(directory, name), this::nanosOf);
        if (named == null) {
            return null;
        }
        return named.inode() == 0 ? new Known.Missing() : new Known.There(named.inode());
    }

    private long nanosOf(Named named) {
        if (named.inode() == 0) {
            return missingNanos;
        }
        return named.isDirectory() ? directoryEntryNanos : entryNanos;
    }

    void learn(long inode, Attr attr, Question question) {
        slices.seen(inode, attr);
        attributes.learn(inode, attr, question);
    }

    void learnEntry(long directory, Name name, Entry entry, Question question) {
        entries.learn(
                new EntryKey(directory, name),
                new Named(entry.inode(), entry.attr().type() == FileType.DIRECTORY),
                question);
        learn(entry.inode(), entry.attr(), question);
    }

    void learnMissing(long directory, Name name, Question question) {
        entries.learn(new EntryKey(directory, name), Named.NOTHING, question);
    }

    /** An open goes by these attributes, whether it asked for them or not. */
    void opened(long inode, Attr attr) {
        slices.opened(inode, attr);
    }

    void forget(long inode) {
        attributes.forget(inode);
        slices.forget(inode);
    }

    /** The age of a file that slices asked for from now on belong to; see {@link CachedSlices}. */
    long age(long inode) {
        return slices.age(inode);
    }

    @Nullable
    List<SliceRecord> slices(long inode, int chunk, long age) {
        return slices.find(inode, chunk, age);
    }

    void learnSlices(long inode, int chunk, long age, List<SliceRecord> records) {
        slices.learn(inode, chunk, age, records);
    }

    /** About how many inodes and entries are known. */
    public long size() {
        return attributes.size() + entries.size();
    }
}
