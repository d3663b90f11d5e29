package io.blockring.meta.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.blockring.meta.Attr;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Slices of chunks, kept from one open of a file to the next as long as its version stays the same.
 *
 * <p>An open that asks the engine begins an <em>age</em> of the file, or goes on with the one that it finds if (mtime,
 * ctime, length) are equal: every change of data by any client changes these, so slices that were read within an age are
 * right for it. Any attributes of another version that are seen later, and any change of ours, end it; slices are then
 * asked for each time until the next open. What a compaction replaced meanwhile shows the same bytes as long as its blocks are
 * there; when they are not, the reader distrusts the file.
 */
final class CachedSlices {
    /** Records of all chunks together, about 50 bytes each. */
    private static final long MAX_RECORDS = 200_000;

    private static final long MAX_FILES = 100_000;

    private record Version(Timestamp mtime, Timestamp ctime, long length) {
        static Version of(Attr attr) {
            return new Version(attr.mtime(), attr.ctime(), attr.length());
        }
    }

    private record Age(long number, Version version) {}

    private record Chunk(long inode, int chunk) {}

    private record Slices(long age, List<SliceRecord> records) {}

    private final AtomicLong lastAge = new AtomicLong();
    private final Cache<Long, Age> ages =
            Caffeine.newBuilder().maximumSize(MAX_FILES).executor(Runnable::run).build();
    private final Cache<Chunk, Slices> slices = Caffeine.newBuilder()
            .maximumWeight(MAX_RECORDS)
            .weigher((Chunk _, Slices kept) -> 1 + kept.records().size())
            .executor(Runnable::run)
            .build();

    /** The engine said at an open that the file is so. */
    void opened(long inode, Attr attr) {
        var version = Version.of(attr);
        ages.asMap()
                .compute(
                        inode,
                        (_, age) -> age != null && age.version().equals(version)
                                ? age
                                : new Age(lastAge.incrementAndGet(), version));
    }

    /** The engine said that the file is so. */
    void seen(long inode, Attr attr) {
        Age age = ages.getIfPresent(inode);
        if (age != null && !age.version().equals(Version.of(attr))) {
            forget(inode);
        }
    }

    void forget(long inode) {
        ages.invalidate(inode);
    }

    /** The age that a file has now, which slices asked for from now on belong to; 0 for none. */
    long age(long inode) {
        Age age = ages.getIfPresent(inode);
        return age == null ? 0 : age.number();
    }

    @Nullable
    List<SliceRecord> find(long inode, int chunk, long age) {
        Slices kept = age == 0 ? null : slices.getIfPresent(new Chunk(inode, chunk));
        return kept != null && kept.age() == age ? kept.records() : null;
    }

    void learn(long inode, int chunk, long age, List<SliceRecord> records) {
        if (age != 0) {
            slices.put(new Chunk(inode, chunk), new Slices(age, List.copyOf(records)));
        }
    }
}
