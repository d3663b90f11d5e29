package io.blockring.fuseclient;

import static io.blockring.fuseclient.KernelStruct.offsetOf;
import static io.blockring.fuseclient.KernelStruct.struct;
import static io.blockring.fuseclient.KernelStruct.u16;
import static io.blockring.fuseclient.KernelStruct.u32;
import static io.blockring.fuseclient.KernelStruct.u64;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * One request of the kernel, as it lies in the buffer of the thread that read it.
 *
 * <pre>
 *   0        4        8        16       24    28    32    36               40
 *   | length | opcode | unique | nodeid | uid | gid | pid | extra | -      | body: struct, then strings or data
 * </pre>
 *
 * <p>{@code body} is overwritten by the reply: who answers has read all of it before.
 *
 * @param code what is asked for; see {@link Opcode#ofCode}
 * @param unique the number by which the reply is known
 * @param node the inode it is about; the parent where a name follows
 */
record Request(int code, long unique, long node, int uid, int gid, int pid, MemorySegment body) {
    static final StructLayout HEADER = struct(
            "fuse_in_header",
            u32("len"),
            u32("opcode"),
            u64("unique"),
            u64("nodeid"),
            u32("uid"),
            u32("gid"),
            u32("pid"),
            u16("total_extlen"),
            u16("padding"));

    static final long HEADER_BYTES = HEADER.byteSize();

    private static final long LENGTH = offsetOf(HEADER, "len");
    private static final long OPCODE = offsetOf(HEADER, "opcode");
    private static final long UNIQUE = offsetOf(HEADER, "unique");
    private static final long NODE = offsetOf(HEADER, "nodeid");
    private static final long UID = offsetOf(HEADER, "uid");
    private static final long GID = offsetOf(HEADER, "gid");
    private static final long PID = offsetOf(HEADER, "pid");

    /** The request in {@code bytes}, which hold a header at least. */
    static Request in(MemorySegment bytes) {
        return new Request(
                bytes.get(JAVA_INT, OPCODE),
                bytes.get(JAVA_LONG, UNIQUE),
                bytes.get(JAVA_LONG, NODE),
                bytes.get(JAVA_INT, UID),
                bytes.get(JAVA_INT, GID),
                bytes.get(JAVA_INT, PID),
                bytes.asSlice(HEADER_BYTES));
    }

    /** Whether the header tells as many bytes as were read. */
    static boolean isWhole(MemorySegment bytes) {
        return Integer.toUnsignedLong(bytes.get(JAVA_INT, LENGTH)) == bytes.byteSize();
    }

    /** The struct at the start of the body; fails with INVALID where the body is too short for it. */
    MemorySegment layout(StructLayout layout) throws FileError {
        return bytes(0, layout.byteSize());
    }

    /** The bytes of the body from {@code from} on; fails with INVALID where there are fewer. */
    MemorySegment bytes(long from, long byteCount) throws FileError {
        if (byteCount < 0 || from + byteCount > body.byteSize()) {
            throw new FileError(
                    FileError.Kind.INVALID,
                    "a request of %d bytes, not %d"
                            .formatted(HEADER_BYTES + body.byteSize(), HEADER_BYTES + from + byteCount));
        }
        return body.asSlice(from, byteCount);
    }

    /** The strings that begin {@code from} bytes into the body. */
    Strings strings(long from) {
        return new Strings(body, from);
    }

    /** Reads the strings of a body one after the other; each ends with a NUL. */
    static final class Strings {
        private final MemorySegment body;
        private long position;

        private Strings(MemorySegment body, long position) {
            this.body = body;
            this.position = position;
        }

        byte[] next() throws FileError {
            long end = position;
            while (end < body.byteSize() && body.get(JAVA_BYTE, end) != 0) {
                end++;
            }
            if (end >= body.byteSize()) {
                throw new FileError(FileError.Kind.INVALID, "a string without an end");
            }
            byte[] text = body.asSlice(position, end - position).toArray(JAVA_BYTE);
            position = end + 1;
            return text;
        }

        Name nextName() throws FileError {
            return Name.of(next());
        }

        /** Where the next string, or the data behind the last one, begins in the body. */
        long position() {
            return position;
        }
    }
}
