package io.blockring.meta.engine;

/** Whose use of the volume is counted, and may be limited. */
public sealed interface QuotaOwner {
    /** A directory and all below it; counted only where it has a record. */
    record Directory(long inode) implements QuotaOwner {}

    /** All inodes of a user; a use makes a record without limits. */
    record User(int uid) implements QuotaOwner {}

    /** All inodes of a group of users; a use makes a record without limits. */
    record Group(int gid) implements QuotaOwner {}
}
