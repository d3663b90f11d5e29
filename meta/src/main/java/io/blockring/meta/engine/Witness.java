package io.blockring.meta.engine;

import io.blockring.meta.FileError;

/** Tells from the records whether a transaction happened whose commit was not answered. */
@FunctionalInterface
public interface Witness {
    /** For writes that do no harm when they are made again. */
    Witness REPEAT = reads -> false;

    /** True when it happened; else the transaction runs again. */
    boolean happened(MetaReads reads) throws FileError;
}
