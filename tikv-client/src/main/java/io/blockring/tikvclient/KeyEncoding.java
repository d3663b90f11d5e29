package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;

/**
 * The form in which the placement driver knows keys: in the same order, but no key begins another.
 *
 * <pre>
 * repeated: 8 bytes of the key, the last group filled up with 0; then 0xFF less the number of bytes filled up
 * </pre>
 *
 * <p>The last group is the first that is filled up; a key of whole groups ends with one of 8 filled up bytes. Source:
 * MyRocks' "mem-comparable" format, as TiKV's documentation gives it.
 */
final class KeyEncoding {
    private static final int GROUP = 8;
    private static final int FULL = 0xFF;

    private KeyEncoding() {}

    static ByteString encode(byte[] key) {
        var encoded = new byte[(key.length / GROUP + 1) * (GROUP + 1)];
        int to = 0;
        for (int from = 0; from <= key.length; from += GROUP) {
            int bytes = Math.min(GROUP, key.length - from);
            System.arraycopy(key, from, encoded, to, bytes);
            encoded[to + GROUP] = (byte) (FULL - (GROUP - bytes));
            to += GROUP + 1;
        }
        return ByteString.copyFrom(encoded);
    }

    /** The key; an empty one stays empty. */
    static byte[] decode(ByteString encoded) throws TikvException {
        var key = new ByteArrayOutputStream(encoded.size());
        for (int from = 0; from + GROUP < encoded.size(); from += GROUP + 1) {
            int bytes = GROUP - (FULL - (encoded.byteAt(from + GROUP) & 0xFF));
            if (bytes < 0) {
                break;
            }
            key.writeBytes(encoded.substring(from, from + bytes).toByteArray());
            if (bytes < GROUP) {
                return key.toByteArray();
            }
        }
        if (encoded.isEmpty()) {
            return new byte[0];
        }
        throw new TikvException(
                "the placement driver gave a boundary that is no encoded key: its cluster may hold raw keys");
    }
}
