package io.blockring.meta.engine;

import io.blockring.meta.AclRule;

/** An access control list under the number by which inodes share it. */
public record StoredAcl(int id, AclRule rule) {}
