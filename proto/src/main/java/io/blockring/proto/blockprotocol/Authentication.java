package io.blockring.proto.blockprotocol;

/** How one end shows the other who it is. Codes 1 to 3 are taken for what is planned; a node refuses them today. */
public enum Authentication {
    /** It does not: whoever reaches the port may ask. */
    OPEN(0),
    /** A shared secret of the group over both nonces. */
    GROUP_SECRET(1),
    /** TLS with certificates on both sides. */
    MUTUAL_TLS(2),
    /** A token in each request. */
    TOKEN(3),
    /** A code that this build has no name for. */
    UNKNOWN(255);

    private final int code;

    Authentication(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Authentication ofCode(int code) {
        for (Authentication mode : values()) {
            if (mode.code == code) {
                return mode;
            }
        }
        return UNKNOWN;
    }
}
