package io.blockring.meta.engine;

/** Walks over records that may be many; each call begins one. */
public interface MetaScans {
    /** Slices without any reference, whose objects may still exist. */
    MetaScan<SliceKey> unreferenced();

    /** All inodes that have attributes. */
    MetaScan<InodeRecord> inodes();

    /**
     * All chunks that have records. Where the server that is walked is exchanged for another, it fails with IO rather than
     * leave one out.
     */
    MetaScan<ChunkRecord> chunks();

    /** All slices whose references have a record, were it one of 0. */
    MetaScan<SliceReferences> references();

    MetaScan<DeletedFile> deletedFiles();

    MetaScan<DelayedSlices> delayedSlices();

    MetaScan<SessionRecord> sessions();

    /** Trees that are being built, or were when their client died. */
    MetaScan<DetachedTree> detachedTrees();

    /** Whose use is counted. */
    MetaScan<QuotaOwner> quotaOwners();

    /** Inodes that a session holds open and that have no link. */
    MetaScan<Long> sustained(long session);

    MetaScan<StoredAcl> acls();

    /** What a session has locks on; may show what it no longer has any on. */
    MetaScan<LockedInode> locked(long session);
}
