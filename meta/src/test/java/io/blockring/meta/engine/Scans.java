package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.util.ArrayList;
import java.util.List;

/** Walks of tests, which are short. */
public final class Scans {
    private Scans() {}

    public static <T> List<T> all(MetaScan<T> scan) throws FileError {
        var items = new ArrayList<T>();
        scan.forEach(items::add);
        return items;
    }
}
