package io.blockring.meta.engine;

/** Who has locks: a session and, in it, what its kernel tells the owners of locks apart by. */
public record LockOwner(long session, long owner) {}
