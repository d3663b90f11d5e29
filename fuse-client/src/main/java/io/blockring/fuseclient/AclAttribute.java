package io.blockring.fuseclient;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import io.blockring.meta.FileError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An access control list as the extended attribute that Linux makes of it ({@code linux/posix_acl_xattr.h}); all
 * numbers are little-endian.
 *
 * <pre>
 * 0 version u32: 2
 * 4 repeated, in the order of tags: tag u16, permissions u16, id u32 of a named user or group, else all ones
 * </pre>
 */
final class AclAttribute {
    static final int VERSION = 2;
    static final int OWNER = 0x01;
    static final int USER = 0x02;
    static final int OWNING_GROUP = 0x04;
    static final int GROUP = 0x08;
    static final int MASK = 0x10;
    static final int OTHER = 0x20;
    static final int NO_ID = -1;

    private static final int HEAD_BYTES = 4;
    private static final int ENTRY_BYTES = 8;
    private static final int LOW_BITS = 0xFFFF;
    private static final int PERMISSIONS = 07;

    private AclAttribute() {}

    /** Which list an attribute is; null when it is none. */
    static @Nullable AclKind kindOf(byte[] name) {
        for (AclKind kind : AclKind.values()) {
            if (Arrays.equals(name, kind.attributeName().getBytes(StandardCharsets.US_ASCII))) {
                return kind;
            }
        }
        return null;
    }

    static byte[] encode(AclRule rule) {
        boolean masked = rule.mask() != AclRule.UNSET;
        int entries = 3 + rule.users().size() + rule.groups().size() + (masked ? 1 : 0);
        ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + entries * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(VERSION);
        put(out, OWNER, rule.owner(), NO_ID);
        rule.users().forEach(user -> put(out, USER, user.permissions(), user.id()));
        put(out, OWNING_GROUP, rule.group(), NO_ID);
        rule.groups().forEach(group -> put(out, GROUP, group.permissions(), group.id()));
        if (masked) {
            put(out, MASK, rule.mask(), NO_ID);
        }
        put(out, OTHER, rule.other(), NO_ID);
        return out.array();
    }

    private static void put(ByteBuffer out, int tag, int permissions, int id) {
        out.putShort((short) tag).putShort((short) (permissions & PERMISSIONS)).putInt(id);
    }

    /** The list in {@code value}, null for one without entries; fails with INVALID when it is none. */
    static @Nullable AclRule decode(byte[] value) throws FileError {
        ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (value.length % ENTRY_BYTES != HEAD_BYTES || in.getInt() != VERSION) {
            throw new FileError(FileError.Kind.INVALID, "no access control list: " + value.length + " bytes");
        }
        if (!in.hasRemaining()) {
            return null;
        }
        int[] classes = {AclRule.UNSET, AclRule.UNSET, AclRule.UNSET, AclRule.UNSET};
        var users = new ArrayList<Named>();
        var groups = new ArrayList<Named>();
        while (in.hasRemaining()) {
            int tag = in.getShort() & LOW_BITS;
            int permissions = in.getShort() & LOW_BITS;
            int id = in.getInt();
            if ((permissions & ~PERMISSIONS) != 0) {
                throw new FileError(FileError.Kind.INVALID, "permissions " + permissions);
            }
            switch (tag) {
                case OWNER -> setOnce(classes, 0, permissions);
                case OWNING_GROUP -> setOnce(classes, 1, permissions);
                case MASK -> setOnce(classes, 2, permissions);
                case OTHER -> setOnce(classes, 3, permissions);
                case USER -> users.add(new Named(id, permissions));
                case GROUP -> groups.add(new Named(id, permissions));
                default -> throw new FileError(FileError.Kind.INVALID, "tag " + tag);
            }
        }
        return new AclRule(classes[0], classes[1], classes[2], classes[3], List.copyOf(users), List.copyOf(groups));
    }

    private static void setOnce(int[] classes, int at, int permissions) throws FileError {
        if (classes[at] != AclRule.UNSET) {
            throw new FileError(FileError.Kind.INVALID, "a class twice");
        }
        classes[at] = permissions;
    }
}
