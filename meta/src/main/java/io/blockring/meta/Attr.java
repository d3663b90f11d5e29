package io.blockring.meta;

/**
 * The attributes of an inode, as the volume format keeps them.
 *
 * @param flags 1 immutable, 2 append-only, 4 to 16 Windows attributes, 32 skip-trash
 * @param mode the lower 12 bits: permissions, set-user-id, set-group-id, sticky
 * @param length bytes of a file or of a symlink's target; 4096 of a directory
 * @param parent inode of the directory that holds it; 0 when it is hard-linked and its parents are counted apart
 * @param accessAcl id of an access ACL, 0 for none
 * @param defaultAcl id of a directory's default ACL, 0 for none
 * @param tier storage class of its data, 0 to 3
 */
public record Attr(
        int flags,
        FileType type,
        int mode,
        int uid,
        int gid,
        Timestamp atime,
        Timestamp mtime,
        Timestamp ctime,
        int nlink,
        long length,
        int rdev,
        long parent,
        int accessAcl,
        int defaultAcl,
        int tier) {
    /** These attributes once the content has changed at {@code now}, with more links. */
    public Attr touched(int moreLinks, Timestamp now) {
        return new Attr(
                flags,
                type,
                mode,
                uid,
                gid,
                atime,
                now,
                now,
                nlink + moreLinks,
                length,
                rdev,
                parent,
                accessAcl,
                defaultAcl,
                tier);
    }
}
