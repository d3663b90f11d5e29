package io.blockring.meta.check;

import io.blockring.meta.FileError;
import java.io.IOException;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The objects of a volume's blocks in its store. */
public interface BlockObjects {
    /** A block: a piece of a slice, by its number and its plain bytes. */
    record Block(long sliceId, int index, int plainBytes) {}

    /**
     * An object below the prefix of the volume's blocks.
     *
     * @param block null where its key is that of no block
     * @param modified by the clock of the store
     */
    record Stored(String key, @Nullable Block block, long bytes, Instant modified) {}

    /** What is done with each object. */
    @FunctionalInterface
    interface Visitor {
        void visit(Stored object) throws IOException, FileError;
    }

    /** Shows all objects in the order of their keys: those of one slice come one behind the other. */
    void forEach(Visitor visitor) throws IOException, FileError;

    /** How many bytes the object of a block has; empty where there is none. */
    OptionalLong bytes(Block block) throws IOException;

    /** Whether objects are blocks as they are, so that their bytes can be compared. */
    boolean arePlain();

    void delete(String key) throws IOException;

    /** What the clock of the store says now. */
    Instant clock() throws IOException;

    /** Whether the store says that the objects are those of this volume, and of no other of its name. */
    boolean areOfThisVolume() throws IOException;
}
