package io.blockring.meta.keyvalue;

import io.blockring.meta.Attr;
import io.blockring.meta.encoding.AttrCodec;
import java.util.HexFormat;

/** Records as text that shows where two of them differ. */
public final class RecordText {
    private RecordText() {}

    /** Printable ASCII as it is, all else in hexadecimal. */
    public static String key(byte[] key) {
        var text = new StringBuilder();
        for (byte b : key) {
            if (b > ' ' && b < 0x7F) {
                text.append((char) b);
            } else {
                text.append('<').append(HexFormat.of().toHexDigits(b)).append('>');
            }
        }
        return text.toString();
    }

    /** The value; of attributes all but their times. */
    public static String valueWithoutTimes(byte[] key, byte[] value) {
        if (key[0] != 'A' || key[9] != 'I') {
            return key(value);
        }
        Attr attr = AttrCodec.decode(value);
        return "%d bytes: flags %d %s %o owner %d/%d links %d length %d device %d parent %x acl %d/%d tier %d"
                .formatted(
                        value.length,
                        attr.flags(),
                        attr.type(),
                        attr.mode(),
                        attr.uid(),
                        attr.gid(),
                        attr.nlink(),
                        attr.length(),
                        attr.rdev(),
                        attr.parent(),
                        attr.accessAcl(),
                        attr.defaultAcl(),
                        attr.tier());
    }
}
