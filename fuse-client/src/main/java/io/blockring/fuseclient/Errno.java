package io.blockring.fuseclient;

import io.blockring.meta.FileError;

/** The errors that the kernel knows, and the one table of what each expected failure is to it. */
enum Errno {
    EPERM(1),
    ENOENT(2),
    EINTR(4),
    EIO(5),
    ENXIO(6),
    EBADF(9),
    EAGAIN(11),
    EACCES(13),
    EBUSY(16),
    EEXIST(17),
    ENODEV(19),
    ENOTDIR(20),
    EISDIR(21),
    EINVAL(22),
    EFBIG(27),
    ENOSPC(28),
    EROFS(30),
    EMLINK(31),
    ERANGE(34),
    ENAMETOOLONG(36),
    ENOLCK(37),
    ENOSYS(38),
    ENOTEMPTY(39),
    ENODATA(61),
    EPROTO(71),
    EOPNOTSUPP(95),
    ECONNRESET(104),
    ENOTCONN(107),
    ESTALE(116),
    EDQUOT(122);

    private final int code;

    Errno(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Whether a system call that answered {@code result} failed so. */
    boolean is(long result) {
        return result == -code;
    }

    static Errno of(FileError.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> ENOENT;
            case EXISTS -> EEXIST;
            case NOT_DIRECTORY -> ENOTDIR;
            case IS_DIRECTORY -> EISDIR;
            case NOT_EMPTY -> ENOTEMPTY;
            case NOT_PERMITTED -> EPERM;
            case NO_ACCESS -> EACCES;
            case INVALID -> EINVAL;
            case NAME_TOO_LONG -> ENAMETOOLONG;
            case NO_SPACE -> ENOSPC;
            case OVER_QUOTA -> EDQUOT;
            case READ_ONLY -> EROFS;
            case TOO_LARGE -> EFBIG;
            case TOO_MANY_LINKS -> EMLINK;
            case NO_SUCH_ATTRIBUTE -> ENODATA;
            case OUT_OF_RANGE -> ERANGE;
            case BAD_HANDLE -> EBADF;
            case NOT_SUPPORTED -> EOPNOTSUPP;
            case BUSY -> EBUSY;
            case INTERRUPTED -> EINTR;
            case NO_SUCH_OFFSET -> ENXIO;
            case IO -> EIO;
        };
    }

    /** For people: the name of the error, or its number where it has none here. */
    static String text(int code) {
        for (Errno errno : values()) {
            if (errno.code == code) {
                return errno.name();
            }
        }
        return "errno " + code;
    }
}
