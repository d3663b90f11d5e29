package io.blockring.meta.engine;

/** Reads of one moment, where the engine can; close it soon, for it holds back the engine's own cleaning. */
public interface MetaSnapshot extends MetaReads, AutoCloseable {
    /** Walks over the records of that moment. */
    MetaScans scans();

    @Override
    void close();
}
