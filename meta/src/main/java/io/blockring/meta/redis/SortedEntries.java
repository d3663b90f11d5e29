package io.blockring.meta.redis;

import io.blockring.meta.Dentry;
import io.blockring.meta.Name;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The entries of a small directory, in memory. */
final class SortedEntries implements SortedListings.Listing {
    private final List<Dentry> entries;
    private final List<Name> names;

    /** {@code entries} in order, each name once. */
    SortedEntries(List<Dentry> entries) {
        this.entries = entries;
        this.names = entries.stream().map(Dentry::name).toList();
    }

    @Override
    public List<Dentry> behind(@Nullable Name after, int limit) {
        int from = 0;
        if (after != null) {
            int found = Collections.binarySearch(names, after, Comparator.naturalOrder());
            from = found >= 0 ? found + 1 : -found - 1;
        }
        return List.copyOf(entries.subList(from, (int) Math.min(entries.size(), from + (long) limit)));
    }

    @Override
    public int entriesInMemory() {
        return entries.size();
    }

    @Override
    public void close() {}
}
