package io.blockring.filesystem;

/**
 * What reading ahead was good for, in bytes since the start.
 *
 * @param loaded fetched before they were asked for
 * @param used of them, given to readers
 * @param wasted of them, dropped and never read
 */
public record ReadAheadUse(long loaded, long used, long wasted) {}
