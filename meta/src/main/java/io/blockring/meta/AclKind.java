package io.blockring.meta;

/** Which of its two access control lists a directory uses for what; files have the first only. */
public enum AclKind {
    /** Who may do what with it. */
    ACCESS("system.posix_acl_access"),
    /** What is made in a directory begins with. */
    DEFAULT("system.posix_acl_default");

    private final String attributeName;

    AclKind(String attributeName) {
        this.attributeName = attributeName;
    }

    /** The extended attribute by which Linux knows it. */
    public String attributeName() {
        return attributeName;
    }
}
