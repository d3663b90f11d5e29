package io.blockring.meta.engine;

import org.jspecify.annotations.Nullable;

/**
 * The result of a blind write: the engine knows it once the transaction has been committed, and no transaction may
 * depend on its own.
 */
public final class AfterCommit {
    private volatile @Nullable Long value;

    /** What the engine calls, once, when the commit has succeeded. */
    public void settle(long result) {
        value = result;
    }

    /** The result; empty when the commit's answer was lost and only its effect is known. */
    public long orElse(long unknown) {
        Long known = value;
        return known == null ? unknown : known;
    }
}
