package io.blockring.meta.encoding;

import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * An access control list as a value; all numbers are big-endian, 0xFFFF is unset.
 *
 * <pre>
 * 0 owner u16    2 group u16    4 mask u16    6 other u16
 * 8 users: number of them u32, then repeated: id u32, permissions u16
 *   groups: the same
 * </pre>
 */
public final class AclCodec {
    private static final int CLASSES_BYTES = 8;
    private static final int NAMED_BYTES = 6;
    private static final int LOW_BITS = 0xFFFF;

    private AclCodec() {}

    public static byte[] encode(AclRule rule) {
        int named = rule.users().size() + rule.groups().size();
        ByteBuffer out = ByteBuffer.allocate(CLASSES_BYTES + 2 * Integer.BYTES + named * NAMED_BYTES);
        out.putShort((short) rule.owner()).putShort((short) rule.group());
        out.putShort((short) rule.mask()).putShort((short) rule.other());
        put(out, rule.users());
        put(out, rule.groups());
        return out.array();
    }

    private static void put(ByteBuffer out, List<Named> some) {
        out.putInt(some.size());
        some.forEach(named -> out.putInt(named.id()).putShort((short) named.permissions()));
    }

    /** The list in {@code value}; bytes that are none are an IllegalArgumentException or a buffer underflow. */
    public static AclRule decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        int owner = in.getShort() & LOW_BITS;
        int group = in.getShort() & LOW_BITS;
        int mask = in.getShort() & LOW_BITS;
        int other = in.getShort() & LOW_BITS;
        return new AclRule(owner, group, mask, other, named(in), named(in));
    }

    private static List<Named> named(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / NAMED_BYTES) {
            throw new IllegalArgumentException(
                    "%d names in %d bytes".formatted(Integer.toUnsignedLong(count), in.remaining()));
        }
        var named = new ArrayList<Named>(count);
        for (int i = 0; i < count; i++) {
            named.add(new Named(in.getInt(), in.getShort() & LOW_BITS));
        }
        return named;
    }
}
