package io.blockring.meta;

/** What an inode is, with the code that the volume format gives it (juicefs internals, "Attr"). */
public enum FileType {
    FILE(1),
    DIRECTORY(2),
    SYMLINK(3),
    FIFO(4),
    BLOCK_DEVICE(5),
    CHARACTER_DEVICE(6),
    SOCKET(7);

    private final int code;

    FileType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The type that the format gives {@code code}; there being none is an IllegalArgumentException. */
    public static FileType ofCode(int code) {
        for (FileType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new IllegalArgumentException("no such file type: " + code);
    }
}
