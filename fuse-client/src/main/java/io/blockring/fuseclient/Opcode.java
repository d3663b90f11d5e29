package io.blockring.fuseclient;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the kernel asks for; what is not listed is answered ENOSYS, and the kernel asks no more or does without. */
enum Opcode {
    LOOKUP(1),
    FORGET(2),
    GETATTR(3),
    SETATTR(4),
    READLINK(5),
    SYMLINK(6),
    MKNOD(8),
    MKDIR(9),
    UNLINK(10),
    RMDIR(11),
    RENAME(12),
    LINK(13),
    OPEN(14),
    READ(15),
    WRITE(16),
    STATFS(17),
    RELEASE(18),
    FSYNC(20),
    SETXATTR(21),
    GETXATTR(22),
    LISTXATTR(23),
    REMOVEXATTR(24),
    FLUSH(25),
    INIT(26),
    OPENDIR(27),
    READDIR(28),
    RELEASEDIR(29),
    FSYNCDIR(30),
    GETLK(31),
    SETLK(32),
    SETLKW(33),
    ACCESS(34),
    CREATE(35),
    INTERRUPT(36),
    DESTROY(38),
    NOTIFY_REPLY(41),
    BATCH_FORGET(42),
    FALLOCATE(43),
    READDIRPLUS(44),
    RENAME2(45),
    LSEEK(46),
    COPY_FILE_RANGE(47);

    private static final @Nullable Opcode[] BY_CODE = byCode();

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    private static @Nullable Opcode[] byCode() {
        int largest = Arrays.stream(values()).mapToInt(Opcode::code).max().orElseThrow();
        @Nullable Opcode[] table = new @Nullable Opcode[largest + 1];
        for (Opcode opcode : values()) {
            table[opcode.code] = opcode;
        }
        return table;
    }

    static @Nullable Opcode ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    int code() {
        return code;
    }

    /** Whether the kernel waits for an answer at all. */
    boolean hasReply() {
        return switch (this) {
            case FORGET, BATCH_FORGET, INTERRUPT, NOTIFY_REPLY -> false;
            default -> true;
        };
    }

    /** Whether it may wait for the object store, and is therefore cut short when its caller is killed. */
    boolean waitsForData() {
        return switch (this) {
            case READ, WRITE, FLUSH, FSYNC, FALLOCATE, COPY_FILE_RANGE -> true;
            default -> false;
        };
    }
}
