package io.blockring.meta.dump;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The attributes of an inode as a dump has them; parent, links and the lengths of all but files are found anew. */
record DumpedAttr(
        long inode,
        int flags,
        FileType type,
        int mode,
        int uid,
        int gid,
        Timestamp atime,
        Timestamp mtime,
        Timestamp ctime,
        long length,
        int rdev,
        int tier) {
    private static final int DIRECTORY_BYTES = 4096;
    private static final int MODE_MASK = 0xFFF;
    private static final int NANOS = 1_000_000_000;

    /** Numbers by name, in the order in which {@link #read} uses them. */
    private static final String[] FIELDS = {
        "inode",
        "flags",
        "mode",
        "uid",
        "gid",
        "atime",
        "mtime",
        "ctime",
        "atimensec",
        "mtimensec",
        "ctimensec",
        "length",
        "rdev",
        "tier"
    };

    /** Reads the object that the parser stands at the start of. */
    static DumpedAttr read(JsonParser parser) throws IOException, FileError {
        var numbers = new long[FIELDS.length];
        @Nullable FileType type = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            if (field.equals("type")) {
                type = DumpedTypes.ofName(parser.getText());
            } else {
                int at = indexOf(field);
                if (at < 0) {
                    parser.skipChildren();
                } else {
                    numbers[at] = parser.getValueAsLong();
                }
            }
        }
        if (type == null || numbers[0] <= 0 || numbers[11] < 0) {
            throw new FileError(FileError.Kind.INVALID, "inode %d has no such attributes".formatted(numbers[0]));
        }
        return new DumpedAttr(
                numbers[0],
                (int) numbers[1],
                type,
                (int) numbers[2] & MODE_MASK,
                (int) numbers[3],
                (int) numbers[4],
                time(numbers[5], numbers[8]),
                time(numbers[6], numbers[9]),
                time(numbers[7], numbers[10]),
                numbers[11],
                (int) numbers[12],
                (int) numbers[13]);
    }

    private static int indexOf(String field) {
        for (int i = 0; i < FIELDS.length; i++) {
            if (FIELDS[i].equals(field)) {
                return i;
            }
        }
        return -1;
    }

    private static Timestamp time(long seconds, long nanos) throws FileError {
        if (nanos < 0 || nanos >= NANOS) {
            throw new FileError(FileError.Kind.INVALID, "a second of %d nanoseconds".formatted(nanos));
        }
        return new Timestamp(seconds, (int) nanos);
    }

    /** The record of the volume's root, whatever directory was dumped as one. */
    DumpedAttr asRoot() {
        return new DumpedAttr(FileTree.ROOT, flags, type, mode, uid, gid, atime, mtime, ctime, length, rdev, tier);
    }

    /** The attributes of the inode as it lies in {@code parent}. */
    Attr in(long parent, int nlink, long symlinkBytes, int accessAcl, int defaultAcl) {
        long bytes = switch (type) {
            case FILE -> length;
            case DIRECTORY -> DIRECTORY_BYTES;
            case SYMLINK -> symlinkBytes;
            case FIFO, BLOCK_DEVICE, CHARACTER_DEVICE, SOCKET -> 0;
        };
        return new Attr(
                flags,
                type,
                mode,
                uid,
                gid,
                atime,
                mtime,
                ctime,
                nlink,
                bytes,
                rdev,
                parent,
                accessAcl,
                defaultAcl,
                tier);
    }

    /** These attributes with so many links, whose directories are counted apart. */
    static Attr linked(Attr attr, int links) {
        return new Attr(
                attr.flags(),
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                attr.atime(),
                attr.mtime(),
                attr.ctime(),
                links,
                attr.length(),
                attr.rdev(),
                0,
                attr.accessAcl(),
                attr.defaultAcl(),
                attr.tier());
    }

    /** Reads a slice that the parser stands at the start of; JuiceFS once called ids otherwise. */
    static SliceRecord slice(JsonParser parser) throws IOException, FileError {
        long id = 0;
        long position = 0;
        long size = 0;
        long offset = 0;
        long length = 0;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            long value = parser.getValueAsLong();
            switch (field) {
                case "id", "chunkid" -> id = Math.max(id, value);
                case "pos" -> position = value;
                case "size" -> size = value;
                case "off" -> offset = value;
                case "len" -> length = value;
                default -> parser.skipChildren();
            }
        }
        try {
            return new SliceRecord(
                    Math.toIntExact(position),
                    id,
                    Math.toIntExact(size),
                    Math.toIntExact(offset),
                    Math.toIntExact(length));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new FileError(FileError.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }
}
