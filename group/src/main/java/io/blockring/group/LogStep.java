package io.blockring.group;

import org.jspecify.annotations.Nullable;

/** What a {@link LogWalk} needs next: something of the store, or nothing more. */
sealed interface LogStep {
    /** Reads a record; then {@link LogWalk#found} or {@link LogWalk#absent}, or {@link LogWalk#unanswered}. */
    record Read(long number) implements LogStep {}

    /** Creates a record of the bytes in {@link LogWalk#draft}; then {@link LogWalk#created}, or {@link LogWalk#notCreated} whatever else the store said. */
    record Create(long number) implements LogStep {}

    /** Reads the newest snapshot; then {@link LogWalk#snapshot}, or {@link LogWalk#unanswered}. */
    record LoadSnapshot() implements LogStep {}

    /**
     * The walk ended.
     *
     * @param failure null when it did what was wanted; the state is right in any case
     */
    record Done(
            GroupState state, boolean appended, @Nullable GroupLogException failure) implements LogStep {}
}
