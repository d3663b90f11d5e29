package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.util.Map;

/** Servers that keep the metadata of volumes, each named by a URL. */
public interface MetadataService {
    /** What people call it. */
    String title();

    /** Whether the URL is one of this service, right or wrong. */
    boolean names(String url);

    /**
     * The metadata at {@code url}; a URL that is wrong is an IllegalArgumentException that says why.
     *
     * @param environment where a password may be, so that no command line shows it
     * @throws FileError IO when no server answers in time, or none lets us in
     */
    MetaEngine open(String url, Map<String, String> environment) throws FileError;

    /** Takes a volume away with all of its records, the settings last; returns how many keys that were. */
    long destroy(String url, Map<String, String> environment) throws FileError;
}
