package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.check.BlockObjects;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** The cells of a {@link SliceStore} as objects, and others that stand among them. */
final class StoredCells implements BlockObjects {
    /** What happens while the objects are listed. */
    @FunctionalInterface
    interface Meanwhile {
        void happen() throws FileError, IOException;
    }

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant LONG_AGO = NOW.minusSeconds(7200);

    private final SliceStore slices;
    private final Set<Long> old;
    final Set<String> others = new HashSet<>();
    final Set<String> deleted = new HashSet<>();
    final Set<Block> lost = new HashSet<>();
    Meanwhile meanwhile = () -> {};
    boolean ours = true;

    /** All slices that are there now count as old, what comes later as just made. */
    StoredCells(SliceStore slices) {
        this.slices = slices;
        this.old = slices.ids();
    }

    @Override
    public void forEach(Visitor visitor) throws IOException, FileError {
        var objects = new TreeMap<String, Stored>();
        for (long id : slices.ids()) {
            for (int i = 0; i < slices.cells(id); i++) {
                var block = new Block(id, i, SliceStore.CELL_BYTES);
                String key = "%d_%d_%d".formatted(id, i, SliceStore.CELL_BYTES);
                if (!lost.contains(block) && !deleted.contains(key)) {
                    Instant modified = old.contains(id) ? LONG_AGO : NOW;
                    objects.put(key, new Stored(key, block, SliceStore.CELL_BYTES, modified));
                }
            }
        }
        for (String other : others) {
            objects.put(other, new Stored(other, null, 1, LONG_AGO));
        }
        for (Stored object : objects.values()) {
            meanwhile.happen();
            visitor.visit(object);
        }
    }

    @Override
    public OptionalLong bytes(Block block) {
        boolean there = block.index() < slices.cells(block.sliceId()) && !lost.contains(block);
        return there ? OptionalLong.of(SliceStore.CELL_BYTES) : OptionalLong.empty();
    }

    @Override
    public boolean arePlain() {
        return true;
    }

    @Override
    public void delete(String key) {
        deleted.add(key);
        slices.forget(Long.parseLong(key.substring(0, key.indexOf('_'))));
    }

    @Override
    public Instant clock() {
        return NOW;
    }

    @Override
    public boolean areOfThisVolume() {
        return ours;
    }
}
