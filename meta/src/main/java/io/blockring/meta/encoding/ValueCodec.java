package io.blockring.meta.encoding;

import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.SliceKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The values of the other records.
 *
 * <pre>
 * entry of a directory   type u8, inode u64 BE
 * slices of a chunk      repeated: position u32, id u64, size u32, offset u32, length u32, all BE
 * delayed slices         repeated: id u64 BE, size u32 BE
 * directory statistics   length i64, space i64, inodes i64, all BE
 * quota                  most space i64, most inodes i64, used space i64, used inodes i64, all BE
 * counter                i64 LE        (so are link counts and references)
 * stamp                  i64 BE        (so are the times of sessions and deleted files)
 * </pre>
 */
public final class ValueCodec {
    public static final int SLICE_BYTES = 24;
    private static final int CHILD_BYTES = 9;
    private static final int SLICE_KEY_BYTES = 12;

    private ValueCodec() {}

    public static byte[] child(Child child) {
        return ByteBuffer.allocate(CHILD_BYTES)
                .put((byte) child.type().code())
                .putLong(child.inode())
                .array();
    }

    public static Child child(byte[] value) {
        ByteBuffer in = exactly(value, CHILD_BYTES);
        return new Child(FileType.ofCode(in.get()), in.getLong());
    }

    public static byte[] slices(List<SliceRecord> slices) {
        ByteBuffer out = ByteBuffer.allocate(slices.size() * SLICE_BYTES);
        for (SliceRecord slice : slices) {
            out.putInt(slice.position()).putLong(slice.sliceId()).putInt(slice.size());
            out.putInt(slice.offset()).putInt(slice.length());
        }
        return out.array();
    }

    public static List<SliceRecord> slices(byte[] value) {
        ByteBuffer in = repeated(value, SLICE_BYTES);
        var slices = new ArrayList<SliceRecord>(value.length / SLICE_BYTES);
        while (in.hasRemaining()) {
            slices.add(new SliceRecord(in.getInt(), in.getLong(), in.getInt(), in.getInt(), in.getInt()));
        }
        return slices;
    }

    public static byte[] sliceKeys(List<SliceKey> slices) {
        ByteBuffer out = ByteBuffer.allocate(slices.size() * SLICE_KEY_BYTES);
        slices.forEach(slice -> out.putLong(slice.id()).putInt(slice.size()));
        return out.array();
    }

    public static List<SliceKey> sliceKeys(byte[] value) {
        ByteBuffer in = repeated(value, SLICE_KEY_BYTES);
        var slices = new ArrayList<SliceKey>(value.length / SLICE_KEY_BYTES);
        while (in.hasRemaining()) {
            slices.add(new SliceKey(in.getLong(), in.getInt()));
        }
        return slices;
    }

    public static byte[] directoryStats(DirectoryStats stats) {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(stats.length())
                .putLong(stats.space())
                .putLong(stats.inodes())
                .array();
    }

    public static DirectoryStats directoryStats(byte[] value) {
        ByteBuffer in = exactly(value, 3 * Long.BYTES);
        return new DirectoryStats(in.getLong(), in.getLong(), in.getLong());
    }

    public static byte[] quota(Quota quota) {
        return ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(quota.maxSpace())
                .putLong(quota.maxInodes())
                .putLong(quota.usedSpace())
                .putLong(quota.usedInodes())
                .array();
    }

    public static Quota quota(byte[] value) {
        ByteBuffer in = exactly(value, 4 * Long.BYTES);
        return new Quota(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    /** The limits alone, as Redis has them in a value of their own. */
    public static byte[] limits(Quota quota) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(quota.maxSpace())
                .putLong(quota.maxInodes())
                .array();
    }

    /** A quota of these limits of which nothing is used. */
    public static Quota limits(byte[] value) {
        ByteBuffer in = exactly(value, 2 * Long.BYTES);
        return new Quota(in.getLong(), in.getLong(), 0, 0);
    }

    public static byte[] counter(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    public static long counter(byte[] value) {
        return exactly(value, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    public static byte[] stamp(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    public static long stamp(byte[] value) {
        return exactly(value, Long.BYTES).getLong();
    }

    private static ByteBuffer exactly(byte[] value, int bytes) {
        if (value.length != bytes) {
            throw new IllegalArgumentException("%d bytes where %d are due".formatted(value.length, bytes));
        }
        return ByteBuffer.wrap(value);
    }

    private static ByteBuffer repeated(byte[] value, int bytes) {
        if (value.length % bytes != 0) {
            throw new IllegalArgumentException("%d bytes are no records of %d".formatted(value.length, bytes));
        }
        return ByteBuffer.wrap(value);
    }
}
