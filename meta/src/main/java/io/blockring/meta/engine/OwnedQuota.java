package io.blockring.meta.engine;

/** A quota and whose it is. */
public record OwnedQuota(QuotaOwner owner, Quota quota) {}
