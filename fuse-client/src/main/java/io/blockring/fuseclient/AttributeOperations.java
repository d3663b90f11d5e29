package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The requests about what belongs to an inode or to the whole file system, but is no data of a file. */
final class AttributeOperations {
    private static final int XATTR_CREATE = 1;
    private static final int XATTR_REPLACE = 2;

    /** What Linux enforces; to keep one that nobody enforces would be a lie. */
    private static final byte[] ENFORCED_BY_US = "system.".getBytes(StandardCharsets.US_ASCII);

    private final FileSystem fileSystem;
    private final InodeReplies inodes;

    AttributeOperations(FileSystem fileSystem, InodeReplies inodes) {
        this.fileSystem = fileSystem;
        this.inodes = inodes;
    }

    long attributes(Request request, MemorySegment reply) throws FileError {
        return inodes.attributes(reply, request.node(), fileSystem.attributes(request.node()));
    }

    long change(Request request, MemorySegment reply) throws FileError {
        var body = RequestBody.SetAttributes.of(request);
        AttrChange change = changeIn(body);
        boolean newRights = change.mode() != null || change.uid() != null || change.gid() != null;
        Caller caller = newRights ? Callers.withGroups(request) : Callers.of(request);
        Attr after = null;
        if (Valid.SIZE.isIn(body.valid())) {
            after = fileSystem.truncate(caller, request.node(), notNegative(body.size()));
        }
        if (newRights || change.atime() != null || change.mtime() != null || change.ctime() != null) {
            after = fileSystem.change(caller, request.node(), change);
        }
        return inodes.attributes(reply, request.node(), after != null ? after : fileSystem.attributes(request.node()));
    }

    private static AttrChange changeIn(RequestBody.SetAttributes body) throws FileError {
        int valid = body.valid();
        return new AttrChange(
                Valid.MODE.isIn(valid) ? Integer.valueOf(body.mode() & FileMode.PERMISSIONS) : null,
                Valid.UID.isIn(valid) ? Integer.valueOf(body.uid()) : null,
                Valid.GID.isIn(valid) ? Integer.valueOf(body.gid()) : null,
                time(valid, Valid.ATIME, Valid.ATIME_NOW, body.atime(), body.atimeNanos()),
                time(valid, Valid.MTIME, Valid.MTIME_NOW, body.mtime(), body.mtimeNanos()),
                Valid.CTIME.isIn(valid) ? timestamp(body.ctime(), body.ctimeNanos()) : null);
    }

    private static AttrChange.@Nullable Time time(int valid, Valid set, Valid now, long seconds, int nanos)
            throws FileError {
        if (now.isIn(valid)) {
            return new AttrChange.Time.Now();
        }
        return set.isIn(valid) ? new AttrChange.Time.At(timestamp(seconds, nanos)) : null;
    }

    private static Timestamp timestamp(long seconds, int nanos) throws FileError {
        if (nanos < 0 || nanos > 999_999_999) {
            throw new FileError(FileError.Kind.INVALID, "no nanoseconds: " + nanos);
        }
        return new Timestamp(seconds, nanos);
    }

    private static long notNegative(long size) throws FileError {
        if (size < 0) {
            throw new FileError(FileError.Kind.TOO_LARGE, "a size of " + Long.toUnsignedString(size));
        }
        return size;
    }

    /** Which members of a SETATTR hold something. */
    enum Valid {
        MODE(0),
        UID(1),
        GID(2),
        SIZE(3),
        ATIME(4),
        MTIME(5),
        ATIME_NOW(7),
        MTIME_NOW(8),
        CTIME(10);

        private final int bit;

        Valid(int number) {
            this.bit = 1 << number;
        }

        boolean isIn(int valid) {
            return (valid & bit) != 0;
        }
    }

    long symlinkTarget(Request request, MemorySegment reply) throws FileError {
        return write(reply, fileSystem.readSymlink(request.node()));
    }

    long usage(MemorySegment reply) throws FileError {
        return ReplyBody.writeUsage(reply, fileSystem.usage());
    }

    long extendedAttribute(Request request, MemorySegment reply) throws FileError {
        int size = RequestBody.GetExtendedAttribute.of(request).size();
        byte[] name = request.strings(RequestBody.GetExtendedAttribute.LAYOUT.byteSize())
                .next();
        AclKind kind = AclAttribute.kindOf(name);
        byte[] value = kind != null
                ? acl(request.node(), kind)
                : fileSystem.extendedAttribute(request.node(), attributeName(name));
        return writeSized(reply, size, value);
    }

    private byte[] acl(long inode, AclKind kind) throws FileError {
        AclRule rule = fileSystem.acl(inode, kind);
        if (rule == null) {
            throw new FileError(FileError.Kind.NO_SUCH_ATTRIBUTE, "inode " + inode + " has no such list");
        }
        return AclAttribute.encode(rule);
    }

    long extendedAttributes(Request request, MemorySegment reply) throws FileError {
        int size = RequestBody.GetExtendedAttribute.of(request).size();
        List<Name> names = fileSystem.extendedAttributes(request.node());
        var joined = new ByteArrayOutputStream();
        for (Name name : names) {
            joined.writeBytes(name.toBytes());
            joined.write(0);
        }
        return writeSized(reply, size, joined.toByteArray());
    }

    long setExtendedAttribute(Request request) throws FileError {
        var body = RequestBody.SetExtendedAttribute.of(request);
        Request.Strings strings = request.strings(RequestBody.SetExtendedAttribute.SENT_BYTES);
        byte[] name = strings.next();
        byte[] value = request.bytes(strings.position(), body.size()).toArray(JAVA_BYTE);
        AclKind kind = AclAttribute.kindOf(name);
        if (kind != null) {
            fileSystem.setAcl(Callers.withGroups(request), request.node(), kind, AclAttribute.decode(value));
            return 0;
        }
        FileTree.AttributeMode mode = switch (body.flags()) {
            case 0 -> FileTree.AttributeMode.CREATE_OR_REPLACE;
            case XATTR_CREATE -> FileTree.AttributeMode.CREATE;
            case XATTR_REPLACE -> FileTree.AttributeMode.REPLACE;
            default -> throw new FileError(FileError.Kind.INVALID, "setxattr with flags " + body.flags());
        };
        fileSystem.setExtendedAttribute(request.node(), attributeName(name), value, mode);
        return 0;
    }

    long removeExtendedAttribute(Request request) throws FileError {
        byte[] name = request.strings(0).next();
        AclKind kind = AclAttribute.kindOf(name);
        if (kind != null) {
            fileSystem.setAcl(Callers.withGroups(request), request.node(), kind, null);
        } else {
            fileSystem.removeExtendedAttribute(request.node(), attributeName(name));
        }
        return 0;
    }

    private static Name attributeName(byte[] name) throws FileError {
        if (name.length >= ENFORCED_BY_US.length
                && Arrays.equals(name, 0, ENFORCED_BY_US.length, ENFORCED_BY_US, 0, ENFORCED_BY_US.length)) {
            throw new FileError(FileError.Kind.NOT_SUPPORTED, "attributes of the system");
        }
        return Name.of(name);
    }

    /** A caller with no room asks for the size only. */
    private static long writeSized(MemorySegment reply, int room, byte[] value) throws FileError {
        if (room == 0) {
            return ReplyBody.writeExtendedAttributeSize(reply, value.length);
        }
        if (Integer.compareUnsigned(room, value.length) < 0) {
            throw new FileError(FileError.Kind.OUT_OF_RANGE, "%d bytes do not fit in %d".formatted(value.length, room));
        }
        return write(reply, value);
    }

    private static long write(MemorySegment reply, byte[] bytes) throws FileError {
        if (bytes.length > reply.byteSize()) {
            throw new FileError(FileError.Kind.OUT_OF_RANGE, "%d bytes do not fit".formatted(bytes.length));
        }
        MemorySegment.copy(bytes, 0, reply, JAVA_BYTE, 0, bytes.length);
        return bytes.length;
    }
}
