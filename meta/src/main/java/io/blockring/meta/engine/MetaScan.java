package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.util.List;

/**
 * A walk over all records of one kind, in the engine's own order. A record that is there from the start to the end
 * is shown at least once; what comes or goes meanwhile may show or not. Memory does not grow with their number.
 */
public interface MetaScan<T> {
    /** What is done with each record. */
    @FunctionalInterface
    interface Visitor<T> {
        void visit(T item) throws FileError;
    }

    /** Some more records; none at the end. */
    List<T> next() throws FileError;

    default void forEach(Visitor<? super T> visitor) throws FileError {
        for (List<T> some = next(); !some.isEmpty(); some = next()) {
            for (T item : some) {
                visitor.visit(item);
            }
        }
    }
}
