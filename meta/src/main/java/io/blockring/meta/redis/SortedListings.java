package io.blockring.meta.redis;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.MetaScan;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Directories in the order of their names, which Redis does not keep: the entries are fetched whole when a reader
 * starts at the first, sorted, and kept for the pages that follow. Large ones wait in a temporary file, so that memory
 * does not grow with a directory. A listing that was dropped meanwhile is fetched again.
 */
final class SortedListings implements AutoCloseable {
    /** Listings kept at once. */
    private static final int MAX_LISTINGS = 128;

    /** Entries kept in memory by all listings together, about 150 bytes each. */
    private static final int MAX_ENTRIES_IN_MEMORY = 200_000;

    /** A directory with more entries is sorted in a file. */
    static final int ENTRIES_IN_MEMORY = 16_384;

    /** The entries of a directory in order. */
    interface Listing extends AutoCloseable {
        List<Dentry> behind(@Nullable Name after, int limit) throws IOException;

        int entriesInMemory();

        @Override
        void close();
    }

    private final RedisLink link;
    private final RedisKeys keys;
    private final Map<Long, Listing> listings = new LinkedHashMap<>(16, 0.75f, true);
    private int entriesInMemory;

    SortedListings(RedisLink link, RedisKeys keys) {
        this.link = link;
        this.keys = keys;
    }

    List<Dentry> children(long directory, @Nullable Name after, int limit) throws FileError {
        try {
            Listing known = after == null ? null : known(directory);
            if (known != null) {
                return page(directory, known, after, limit);
            }
        } catch (ClosedChannelException _) {
            // It was dropped meanwhile.
        } catch (IOException e) {
            throw failure(directory, e);
        }
        try {
            return firstPage(directory, fetch(directory), after, limit);
        } catch (IOException e) {
            throw failure(directory, e);
        }
    }

    /** Read before others know the listing, for who fetches the same directory drops what is kept of it. */
    private List<Dentry> firstPage(long directory, Listing listing, @Nullable Name after, int limit)
            throws IOException {
        boolean kept = false;
        try {
            List<Dentry> page = listing.behind(after, limit);
            if (page.size() == limit) {
                keep(directory, listing);
                kept = true;
            }
            return page;
        } finally {
            if (!kept) {
                listing.close();
            }
        }
    }

    private static FileError failure(long directory, IOException e) {
        return new FileError(
                FileError.Kind.IO, "the entries of directory %d could not be sorted".formatted(directory), e);
    }

    private List<Dentry> page(long directory, Listing listing, @Nullable Name after, int limit) throws IOException {
        List<Dentry> page = listing.behind(after, limit);
        if (page.size() < limit) {
            dropIf(directory, listing);
        }
        return page;
    }

    private synchronized @Nullable Listing known(long directory) {
        return listings.get(directory);
    }

    private Listing fetch(long directory) throws FileError, IOException {
        byte[] key = keys.children(directory);
        MetaScan<Dentry> scan = new RedisScans.FieldScan<>(link, "HSCAN", key, 2, SortedListings::entry);
        var entries = new ArrayList<Dentry>();
        for (List<Dentry> some = scan.next(); !some.isEmpty(); some = scan.next()) {
            entries.addAll(some);
            if (entries.size() > ENTRIES_IN_MEMORY) {
                return SortedFile.of(entries, scan);
            }
        }
        return new SortedEntries(distinct(entries));
    }

    private static Dentry entry(List<byte[]> pair) {
        Child child = ValueCodec.child(pair.getLast());
        return new Dentry(Name.stored(pair.getFirst()), child.inode(), child.type(), null);
    }

    /** In order, each name once: HSCAN may show one twice. */
    static List<Dentry> distinct(List<Dentry> entries) {
        entries.sort(Comparator.comparing(Dentry::name));
        var distinct = new ArrayList<Dentry>(entries.size());
        for (Dentry entry : entries) {
            if (distinct.isEmpty() || !distinct.getLast().name().equals(entry.name())) {
                distinct.add(entry);
            }
        }
        return distinct;
    }

    private synchronized void keep(long directory, Listing listing) {
        drop(directory);
        listings.put(directory, listing);
        entriesInMemory += listing.entriesInMemory();
        Iterator<Long> oldest = List.copyOf(listings.keySet()).iterator();
        while ((listings.size() > MAX_LISTINGS || entriesInMemory > MAX_ENTRIES_IN_MEMORY) && oldest.hasNext()) {
            drop(oldest.next());
        }
    }

    private synchronized void dropIf(long directory, Listing listing) {
        // No two listings are equal.
        if (listing.equals(listings.get(directory))) {
            drop(directory);
        }
    }

    private synchronized void drop(long directory) {
        Listing listing = listings.remove(directory);
        if (listing != null) {
            entriesInMemory -= listing.entriesInMemory();
            listing.close();
        }
    }

    @Override
    public synchronized void close() {
        List.copyOf(listings.keySet()).forEach(this::drop);
    }
}
