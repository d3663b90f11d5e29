package io.blockring.blockstore;

import io.blockring.blockstore.Segment.Kind;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots of a disk tier: which are taken, and the files they are in. Its monitor guards the counts; files are made,
 * punched and deleted outside of it.
 *
 * <p>A slot that is freed is punched before it can be taken again: pages that a socket still has to send are then no
 * longer the file's, so that no later write reaches them. On a file system that cannot punch, a freed slot stays
 * taken, and charged, until all slots of its file are free and the file can be deleted ({@link #mostlyDead}).
 */
final class Segments implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Segments.class);
    private static final long LEAST_SEGMENT_BYTES = 1 << 20;
    private static final long MOST_SEGMENT_BYTES = 4L << 30;
    private static final int LEAST_SLOTS = 4;
    private static final int SEGMENTS_PER_LIMIT = 64;

    private final Path folder;
    private final SegmentFiles files;
    private final BlockIndex index;
    private final Capacity capacity;
    private final InstantSource clock;
    private final boolean canPunch;
    private final Map<Integer, Segment> all = new ConcurrentHashMap<>();
    private final Map<Kind, TreeMap<Integer, Segment>> withRoom = new HashMap<>();
    private int nextNumber = 1;
    /** Some slots are taken by blocks that are not known yet. */
    private boolean loading = true;

    private Segments(
            Path folder,
            SegmentFiles files,
            BlockIndex index,
            Capacity capacity,
            InstantSource clock,
            boolean canPunch) {
        this.folder = folder;
        this.files = files;
        this.index = index;
        this.capacity = capacity;
        this.clock = clock;
        this.canPunch = canPunch;
    }

    /** The segments that the index names, all slots free; those whose file is gone are forgotten. */
    static Segments open(Path folder, SegmentFiles files, BlockIndex index, Capacity capacity, InstantSource clock)
            throws IOException {
        Files.createDirectories(folder);
        var segments = new Segments(folder, files, index, capacity, clock, canPunch(folder, files));
        try {
            index.forEachSegment(segments::load);
        } catch (IOException | RuntimeException e) {
            segments.close();
            throw e;
        }
        return segments;
    }

    boolean canPunch() {
        return canPunch;
    }

    /** Takes a slot; its room was taken before. */
    Slot take(Kind kind) throws IOException {
        Slot slot = takeFromExisting(kind);
        return slot != null ? slot : takeFromNew(kind);
    }

    /** Takes the slot at a place that the index names; false when there is no such slot or it is taken. */
    synchronized boolean takeLoaded(long place) {
        Segment segment = all.get((int) (place >>> Short.SIZE));
        int number = (int) place & Segment.MAX_SLOTS - 1;
        if (segment == null || number >= segment.slots || segment.taken.get(number)) {
            return false;
        }
        capacity.load(segment.kind.dataset(), segment.sizeClass.chargedBytes());
        mark(segment, number);
        return true;
    }

    /** The slot at the place of a block that is pinned, or was just taken out of the table. */
    Slot slotAt(long place) {
        return new Slot(segmentAt(place), (int) place & Segment.MAX_SLOTS - 1);
    }

    /** The segment of a block that is in the table, or as above: it is given up only after its blocks. */
    Segment segmentAt(long place) {
        Segment segment = all.get((int) (place >>> Short.SIZE));
        if (segment == null) {
            throw new IllegalStateException("no segment has place " + place);
        }
        return segment;
    }

    /** Frees a slot that nobody reads and nothing names any more. */
    void free(Slot slot) {
        Segment segment = slot.segment();
        boolean reusable = giveBack(slot);
        boolean isEmpty;
        synchronized (this) {
            segment.used--;
            if (reusable) {
                segment.taken.clear(slot.number());
                capacity.give(segment.kind.dataset(), segment.sizeClass.chargedBytes());
                offer(segment);
            }
            isEmpty = takeOutIfEmpty(segment);
        }
        if (isEmpty) {
            delete(segment);
        }
    }

    /** Where only whole files can be freed: the order to empty them in, those with most dead slots first, then by age. */
    synchronized List<Segment> mostlyDead() {
        return all.values().stream()
                .filter(segment -> !segment.sizeClass.inIndex())
                .sorted(Comparator.comparingInt((Segment segment) -> segment.used - segment.taken.cardinality())
                        .thenComparingInt(segment -> segment.number))
                .toList();
    }

    /** Gives out no more slots of the segment, so that it becomes empty. */
    synchronized void seal(Segment segment) {
        segment.sealed = true;
        withdraw(segment);
    }

    /** Segments whose last block has expired. */
    synchronized List<Segment> expired() {
        long now = clock.millis();
        return all.values().stream()
                .filter(segment -> capacity.policy(segment.kind.dataset()).hasExpired(segment.newestMillis, now))
                .toList();
    }

    Path fileOf(int segment) {
        return folder.resolve("%08x.slots".formatted(segment));
    }

    /** What each owner, dataset or class has: slots in use and the room of slots taken. */
    synchronized <T> Map<T, BlockStoreUsage.Held> heldBy(Function<Kind, T> whose) {
        var sums = new HashMap<T, BlockStoreUsage.Held>();
        for (Segment segment : all.values()) {
            long bytes = segment.taken.cardinality() * segment.sizeClass.chargedBytes();
            var held = new BlockStoreUsage.Held(bytes, segment.used);
            sums.merge(whose.apply(segment.kind), held, BlockStoreUsage.Held::plus);
        }
        return sums;
    }

    /** Slots there are, used or not: no more blocks can have one. */
    synchronized long slots() {
        return all.values().stream().mapToLong(segment -> segment.slots).sum();
    }

    synchronized long usedSlots() {
        return all.values().stream().mapToLong(segment -> segment.used).sum();
    }

    /** The room that all slots take. */
    synchronized long chargedBytes() {
        return all.values().stream()
                .mapToLong(segment -> segment.taken.cardinality() * segment.sizeClass.chargedBytes())
                .sum();
    }

    synchronized boolean isUsed(long place) {
        Segment segment = all.get((int) (place >>> Short.SIZE));
        return segment != null && segment.taken.get((int) place & Segment.MAX_SLOTS - 1);
    }

    /**
     * Ends the loading: deletes segments without blocks and frees what a crash left in slots that nothing names.
     *
     * @param mayHaveRemains slots that nothing names may hold bytes
     */
    void endLoading(boolean mayHaveRemains) throws IOException {
        synchronized (this) {
            loading = false;
        }
        for (Segment segment : List.copyOf(all.values())) {
            if (takeOutIfEmpty(segment)) {
                delete(segment);
            } else if (!segment.sizeClass.inIndex() && !canPunch) {
                giveUpFreeSlots(segment);
            } else if (!segment.sizeClass.inIndex() && mayHaveRemains) {
                punchFreeSlots(segment);
            }
        }
    }

    @Override
    public void close() {
        for (Segment segment : all.values()) {
            try {
                segment.close();
            } catch (IOException e) {
                log.warn("{} was not closed in order", fileOf(segment.number), e);
            }
        }
    }

    /** True when the segment has no blocks and is this caller's to delete. */
    private synchronized boolean takeOutIfEmpty(Segment segment) {
        if (loading || segment.used > 0 || !all.remove(segment.number, segment)) {
            return false;
        }
        withdraw(segment);
        capacity.give(segment.kind.dataset(), segment.taken.cardinality() * segment.sizeClass.chargedBytes());
        return true;
    }

    /** Detaches the slot's pages and gives its bytes to the file system; false when it must not be used again. */
    private boolean giveBack(Slot slot) {
        if (slot.sizeClass().inIndex()) {
            return true;
        }
        try {
            return canPunch
                    && slot.segment()
                            .file()
                            .punch(slot.headerOffset(), slot.sizeClass().strideBytes());
        } catch (IOException e) {
            log.warn("slot {} of {} stays unused", slot.number(), fileOf(slot.segment().number), e);
            return false;
        }
    }

    private void load(BlockIndex.SegmentRow row) throws IOException {
        nextNumber = Math.max(nextNumber, row.number() % Segment.MAX_NUMBER + 1);
        try {
            boolean hasFile = !row.kind().sizeClass().inIndex();
            var segment = new Segment(row, hasFile ? files.open(fileOf(row.number())) : null, clock.millis());
            all.put(segment.number, segment);
            offer(segment);
        } catch (NoSuchFileException e) {
            log.warn("{} is gone with all its blocks", e.getFile());
            index.deleteSegment(row.number());
        }
    }

    /** Any slot up to the end of the file may hold remains, so none is used again before the file is deleted. */
    private synchronized void giveUpFreeSlots(Segment segment) throws IOException {
        long strideBytes = segment.sizeClass.strideBytes();
        long fileBytes = segment.file().channel().size();
        int reached = Math.clamp((fileBytes + strideBytes - 1) / strideBytes, 0, segment.slots);
        int before = segment.taken.cardinality();
        segment.taken.set(0, reached);
        long deadSlots = (long) segment.taken.cardinality() - before;
        capacity.load(segment.kind.dataset(), deadSlots * segment.sizeClass.chargedBytes());
        if (!segment.hasRoom()) {
            withdraw(segment);
        }
    }

    /** Nothing takes a slot before this has ended. */
    private void punchFreeSlots(Segment segment) throws IOException {
        BitSet taken;
        synchronized (this) {
            taken = (BitSet) segment.taken.clone();
        }
        long strideBytes = segment.sizeClass.strideBytes();
        int free = taken.nextClearBit(0);
        while (free < segment.slots) {
            int next = taken.nextSetBit(free);
            int end = next < 0 ? segment.slots : next;
            segment.file().punch(free * strideBytes, (end - free) * strideBytes);
            free = taken.nextClearBit(end);
        }
    }

    private synchronized @Nullable Slot takeFromExisting(Kind kind) {
        Duration ttl = capacity.policy(kind.dataset()).ttl();
        long now = clock.millis();
        TreeMap<Integer, Segment> candidates = withRoom.get(kind);
        while (candidates != null && !candidates.isEmpty()) {
            Segment segment = candidates.firstEntry().getValue();
            if (!segment.isOldFor(ttl, now)) {
                segment.newestMillis = now;
                return mark(segment, segment.taken.nextClearBit(0));
            }
            seal(segment);
        }
        return null;
    }

    private Slot takeFromNew(Kind kind) throws IOException {
        SizeClass sizeClass = kind.sizeClass();
        var row = new BlockIndex.SegmentRow(newNumber(), kind, slotsOf(sizeClass));
        index.putSegment(row);
        var segment = new Segment(row, sizeClass.inIndex() ? null : files.create(fileOf(row.number())), clock.millis());
        synchronized (this) {
            all.put(segment.number, segment);
            offer(segment);
            return mark(segment, 0);
        }
    }

    /** Numbers that are free again are used only when there are no others left. */
    private synchronized int newNumber() throws IOException {
        for (int tries = 0; tries <= all.size(); tries++) {
            int number = nextNumber;
            nextNumber = number < Segment.MAX_NUMBER ? number + 1 : 1;
            if (!all.containsKey(number)) {
                return number;
            }
        }
        throw new IOException("there are " + all.size() + " segments, and no number for one more");
    }

    private int slotsOf(SizeClass sizeClass) {
        if (sizeClass.inIndex()) {
            return Segment.MAX_SLOTS;
        }
        long bytes = Math.clamp(capacity.limit() / SEGMENTS_PER_LIMIT, LEAST_SEGMENT_BYTES, MOST_SEGMENT_BYTES);
        return Math.clamp(bytes / sizeClass.chargedBytes(), LEAST_SLOTS, Segment.MAX_SLOTS);
    }

    private Slot mark(Segment segment, int number) {
        segment.taken.set(number);
        segment.used++;
        if (!segment.hasRoom()) {
            withdraw(segment);
        }
        return new Slot(segment, number);
    }

    private void offer(Segment segment) {
        if (segment.hasRoom()) {
            withRoom.computeIfAbsent(segment.kind, _ -> new TreeMap<>()).put(segment.number, segment);
        }
    }

    private void withdraw(Segment segment) {
        withRoom.computeIfPresent(segment.kind, (_, segments) -> {
            segments.remove(segment.number);
            return segments.isEmpty() ? null : segments;
        });
    }

    /** The file first: a row without a file is forgotten at the next start, a file without a row would stay. */
    private void delete(Segment segment) {
        try {
            segment.close();
            if (!segment.sizeClass.inIndex()) {
                files.delete(fileOf(segment.number));
            }
            index.deleteSegment(segment.number);
        } catch (IOException e) {
            log.warn("segment {} was not deleted; the next start does it", segment.number, e);
        }
    }

    private static boolean canPunch(Path folder, SegmentFiles files) throws IOException {
        Path probe = folder.resolve("probe");
        try (SegmentFile file = files.create(probe)) {
            return file.punch(0, SizeClass.STRIDE_UNIT_BYTES);
        } finally {
            files.delete(probe);
        }
    }
}
