package io.blockring.meta.check;

import io.blockring.meta.FileError;
import io.blockring.meta.check.BlockObjects.Block;
import io.blockring.meta.check.BlockObjects.Stored;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.ids.IdSet;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Objects of slices that nothing refers to: what was uploaded and never committed, or not deleted with its slice.
 *
 * <p>An object counts as leaked only if it was {@link #LEAST_AGE} old, by the clock of the store, before the metadata were
 * read, is of no slice that they know of then, nor of one that they know of once all objects were listed. Objects whose
 * keys are no blocks' are told and left alone. Where the store has slices that these metadata never gave out, it belongs
 * to others as well, or the metadata are older than it: nothing is deleted then.
 *
 * <p>Memory: two bits for each slice id, {@link IdSet#MAX_BYTES} each at most. The keys of
 * leaked objects wait in a temporary file.
 */
public final class LeakedObjects implements AutoCloseable {
    /** A slice may be uploaded and not be committed yet; no client takes longer. */
    public static final Duration LEAST_AGE = Duration.ofHours(1);

    /** Keys of no block that are told; more are counted. */
    private static final int MOST_UNKNOWN = 100;

    private static final int TELL_EVERY = 1000;

    private final MetaEngine engine;
    private final BlockObjects objects;
    private final Findings findings;
    private final Path spool;
    private final IdSet usedSince = new IdSet();
    private final Instant newest;
    private long highestSlice;
    private long listed;
    private long used;
    private long young;
    private long unknown;
    private long leaked;
    private long leakedBytes;

    private LeakedObjects(MetaEngine engine, BlockObjects objects, Findings findings) throws IOException {
        this.engine = engine;
        this.objects = objects;
        this.findings = findings;
        this.newest = objects.clock().minus(LEAST_AGE);
        this.spool = Files.createTempFile("blockring-leaked", ".keys");
    }

    /** Looks for them. */
    public static LeakedObjects find(MetaEngine engine, BlockObjects objects, Findings findings)
            throws IOException, FileError {
        var found = new LeakedObjects(engine, objects, findings);
        boolean done = false;
        try {
            found.find();
            done = true;
            return found;
        } finally {
            if (!done) {
                found.close();
            }
        }
    }

    private void find() throws IOException, FileError {
        try (var inUse = new IdSet();
                var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(spool)))) {
            SliceUses.addTo(inUse, engine.scans(), findings);
            objects.forEach(object -> look(object, inUse, out));
        }
        if (leaked > 0) {
            SliceUses.addTo(usedSince, engine.scans(), findings);
        }
        findings.progress("objects", listed);
    }

    private void look(Stored object, IdSet inUse, DataOutputStream out) throws IOException, FileError {
        listed++;
        if (listed % TELL_EVERY == 0) {
            findings.progress("objects", listed);
        }
        Block block = object.block();
        if (block == null) {
            unknown++;
            if (unknown <= MOST_UNKNOWN) {
                findings.found("UNKNOWN_OBJECT", 0, object.key() + " is no block; it is left alone", false);
            }
        } else if (inUse.contains(block.sliceId())) {
            used++;
        } else if (object.modified().isAfter(newest)) {
            young++;
        } else {
            highestSlice = Math.max(highestSlice, block.sliceId());
            leaked++;
            leakedBytes += object.bytes();
            out.writeUTF(object.key());
            out.writeLong(block.sliceId());
            out.writeLong(object.bytes());
        }
    }

    /** Deletes them; returns how many bytes that were. */
    public long delete() throws IOException, FileError {
        if (leaked == 0) {
            return 0;
        }
        requireSafe();
        long deleted = 0;
        long bytes = 0;
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(spool)))) {
            for (long i = 0; i < leaked; i++) {
                String key = in.readUTF();
                boolean isUsed = usedSince.contains(in.readLong());
                long size = in.readLong();
                if (!isUsed) {
                    objects.delete(key);
                    deleted++;
                    bytes += size;
                }
                if (i % TELL_EVERY == 0) {
                    findings.progress("deleted objects", deleted);
                }
            }
        }
        return bytes;
    }

    private void requireSafe() throws IOException, FileError {
        if (!objects.areOfThisVolume()) {
            throw new FileError(
                    FileError.Kind.NOT_PERMITTED,
                    "nothing is deleted: the object juicefs_uuid in the store does not say that these are the objects of"
                            + " this volume");
        }
        long next = engine.reads().counter(Counter.NEXT_SLICE);
        if (highestSlice >= next) {
            throw new FileError(
                    FileError.Kind.NOT_PERMITTED,
                    "nothing is deleted: the store has slice %d, and these metadata have given out none from %d on: they are"
                                    .formatted(highestSlice, next)
                            + " older than the store, or others use it");
        }
    }

    /** Objects that were looked at. */
    public long listed() {
        return listed;
    }

    /** Those of slices in use. */
    public long used() {
        return used;
    }

    /** Those of no slice in use that are too young to say. */
    public long young() {
        return young;
    }

    /** Those whose keys are no blocks'. */
    public long unknown() {
        return unknown;
    }

    public long leaked() {
        return leaked;
    }

    public long leakedBytes() {
        return leakedBytes;
    }

    @Override
    public void close() throws IOException {
        usedSince.close();
        Files.deleteIfExists(spool);
    }
}
