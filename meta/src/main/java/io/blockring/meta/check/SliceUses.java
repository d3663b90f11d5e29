package io.blockring.meta.check;

import io.blockring.meta.FileError;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.ChunkRecord;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.ids.IdSet;

/**
 * Which slices anything refers to: chunks of files, also of deleted ones, slices that the trash keeps, and whatever has a
 * count of references, were it one below 0.
 *
 * <p>The walks go from chunks to kept slices to counts, as slices do in their lives, and a slice that was copied from a
 * chunk not yet seen to one already passed has a count since. So a slice that is in use all the time is found, also where
 * the walks show no single moment.
 */
final class SliceUses {
    private SliceUses() {}

    /** Adds all slices in use to {@code used}; fails with NO_SPACE where they are too many for it. */
    static void addTo(IdSet used, MetaScans scans, Findings findings) throws FileError {
        long done = 0;
        var chunks = scans.chunks();
        for (var some = chunks.next(); !some.isEmpty(); some = chunks.next()) {
            for (ChunkRecord chunk : some) {
                for (SliceRecord record : chunk.slices()) {
                    if (!record.isZeros()) {
                        used.add(record.sliceId());
                    }
                }
            }
            done += some.size();
            findings.progress("chunks", done);
        }
        scans.delayedSlices().forEach(delayed -> {
            for (SliceKey slice : delayed.slices()) {
                used.add(slice.id());
            }
        });
        scans.references().forEach(references -> used.add(references.slice().id()));
    }
}
