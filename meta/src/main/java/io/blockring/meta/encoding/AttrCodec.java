package io.blockring.meta.encoding;

import io.blockring.meta.Attr;
import io.blockring.meta.FileType;
import io.blockring.meta.Timestamp;
import java.nio.ByteBuffer;

/**
 * The attributes of an inode as a value; all numbers are big-endian.
 *
 * <pre>
 *  0 flags u8                      47 nlink u32
 *  1 type 4 bits, mode 12 bits     51 length u64
 *  3 uid u32                       59 rdev u32
 *  7 gid u32                       63 parent u64 (very old values end before it)
 * 11 atime: seconds i64, ns u32    71 access ACL u32, default ACL u32: only if either is not 0
 * 23 mtime                            tier u8: only if not 0
 * 35 ctime                            one byte 0
 * </pre>
 */
public final class AttrCodec {
    private static final int FIXED_BYTES = 71;
    private static final int TIME_BYTES = 12;
    private static final int ACL_BYTES = 8;
    private static final int TIER_BYTES = 1;
    private static final int PAD_BYTES = 1;
    private static final int MODE_BITS = 12;
    private static final int MODE_MASK = (1 << MODE_BITS) - 1;

    private AttrCodec() {}

    public static byte[] encode(Attr attr) {
        boolean acl = attr.accessAcl() != 0 || attr.defaultAcl() != 0;
        boolean tier = attr.tier() != 0;
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + (acl ? ACL_BYTES : 0) + (tier ? TIER_BYTES : 0) + PAD_BYTES);
        out.put((byte) attr.flags());
        out.putShort((short) ((attr.type().code() << MODE_BITS) | (attr.mode() & MODE_MASK)));
        out.putInt(attr.uid()).putInt(attr.gid());
        put(out, attr.atime());
        put(out, attr.mtime());
        put(out, attr.ctime());
        out.putInt(attr.nlink()).putLong(attr.length()).putInt(attr.rdev()).putLong(attr.parent());
        if (acl) {
            out.putInt(attr.accessAcl()).putInt(attr.defaultAcl());
        }
        if (tier) {
            out.put((byte) attr.tier());
        }
        return out.array();
    }

    private static void put(ByteBuffer out, Timestamp time) {
        out.putLong(time.seconds()).putInt(time.nanos());
    }

    /** A time of change as both of the times that say so stand in attributes. */
    public static byte[] encodeTwice(Timestamp time) {
        ByteBuffer out = ByteBuffer.allocate(2 * TIME_BYTES);
        put(out, time);
        put(out, time);
        return out.array();
    }

    /** The attributes in {@code value}; bytes that are none are an IllegalArgumentException or a buffer underflow. */
    public static Attr decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        int flags = in.get() & 0xFF;
        int typeAndMode = in.getShort() & 0xFFFF;
        int uid = in.getInt();
        int gid = in.getInt();
        Timestamp atime = time(in);
        Timestamp mtime = time(in);
        Timestamp ctime = time(in);
        int nlink = in.getInt();
        long length = in.getLong();
        int rdev = in.getInt();
        long parent = in.remaining() >= Long.BYTES ? in.getLong() : 0;
        boolean acl = in.remaining() >= ACL_BYTES;
        int accessAcl = acl ? in.getInt() : 0;
        int defaultAcl = acl ? in.getInt() : 0;
        int tier = in.hasRemaining() ? in.get() & 0xFF : 0;
        return new Attr(
                flags,
                FileType.ofCode(typeAndMode >>> MODE_BITS),
                typeAndMode & MODE_MASK,
                uid,
                gid,
                atime,
                mtime,
                ctime,
                nlink,
                length,
                rdev,
                parent,
                accessAcl,
                defaultAcl,
                tier);
    }

    private static Timestamp time(ByteBuffer in) {
        return new Timestamp(in.getLong(), in.getInt());
    }
}
