package io.blockring.meta.engine;

import java.util.List;

/**
 * Is told of every attribute, entry and chunk that a transaction of this process may have changed: after its commit,
 * whatever became of that, and before whoever asked for the change hears of it. Safe for use by many threads; it may
 * neither fail nor wait, for inodes are locked meanwhile.
 */
@FunctionalInterface
public interface ChangeListener {
    ChangeListener NONE = _ -> {};

    void changed(List<Point> points);
}
