package io.blockring.meta.engine;

/** A session and the second since 1970 until which it counts as alive. */
public record SessionRecord(long id, long expiresAt) {}
