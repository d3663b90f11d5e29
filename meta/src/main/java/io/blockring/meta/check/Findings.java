package io.blockring.meta.check;

import io.blockring.meta.FileError;

/** Hears what a check finds, and how far it is. For one thread. */
public interface Findings {
    /**
     * Something is not as it should be.
     *
     * @param code a word for programs, such as {@code LOST_BLOCK}
     * @param inode what it is about, 0 for the volume
     * @param text one sentence
     * @param repaired whether it is as it should be now
     */
    void found(String code, long inode, String text, boolean repaired) throws FileError;

    /** So many of {@code unit} were looked at. */
    void progress(String unit, long done) throws FileError;
}
