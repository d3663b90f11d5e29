package io.blockring.meta.encoding;

import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Locks as values; all numbers are big-endian.
 *
 * <pre>
 * BSD locks of an inode      repeated: session u64, owner u64, type u8: R or W
 * POSIX locks of an inode    repeated: session u64, owner u64, bytes u32, ranges of the owner
 * ranges of an owner         repeated: type u32 (0 shared, 1 exclusive), pid u32, first byte u64, last byte u64
 * </pre>
 */
public final class LockCodec {
    private static final int RANGE_BYTES = 24;
    private static final int WHOLE_BYTES = 17;
    private static final int HEAD_BYTES = 20;
    private static final byte SHARED = 'R';
    private static final byte EXCLUSIVE = 'W';
    private static final int SHARED_RANGE = 0;
    private static final int EXCLUSIVE_RANGE = 1;

    private LockCodec() {}

    public static byte[] table(LockKind kind, Map<LockOwner, List<RangeLock>> locks) {
        return switch (kind) {
            case WHOLE -> wholes(locks);
            case RANGES -> rangesOfAll(locks);
        };
    }

    private static byte[] wholes(Map<LockOwner, List<RangeLock>> locks) {
        ByteBuffer out = ByteBuffer.allocate(locks.size() * WHOLE_BYTES);
        locks.forEach((owner, own) ->
                out.putLong(owner.session()).putLong(owner.owner()).put(whole(own)));
        return out.array();
    }

    private static byte[] rangesOfAll(Map<LockOwner, List<RangeLock>> locks) {
        int ranges = locks.values().stream().mapToInt(Collection::size).sum();
        ByteBuffer out = ByteBuffer.allocate(locks.size() * HEAD_BYTES + ranges * RANGE_BYTES);
        locks.forEach((owner, own) -> {
            out.putLong(owner.session()).putLong(owner.owner()).putInt(own.size() * RANGE_BYTES);
            own.forEach(lock -> put(out, lock));
        });
        return out.array();
    }

    public static Map<LockOwner, List<RangeLock>> table(LockKind kind, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        var locks = new LinkedHashMap<LockOwner, List<RangeLock>>();
        while (in.hasRemaining()) {
            var owner = new LockOwner(in.getLong(), in.getLong());
            byte[] own = new byte
                    [switch (kind) {
                        case WHOLE -> 1;
                        case RANGES -> length(in);
                    }];
            in.get(own);
            locks.put(owner, locks(kind, own));
        }
        return locks;
    }

    private static int length(ByteBuffer in) {
        int bytes = in.getInt();
        if (bytes < 0 || bytes > in.remaining()) {
            throw new IllegalArgumentException("locks of %d bytes in %d".formatted(bytes, in.remaining()));
        }
        return bytes;
    }

    /** The locks of one owner. */
    public static byte[] locks(LockKind kind, List<RangeLock> own) {
        return switch (kind) {
            case WHOLE -> new byte[] {whole(own)};
            case RANGES -> {
                ByteBuffer out = ByteBuffer.allocate(own.size() * RANGE_BYTES);
                own.forEach(lock -> put(out, lock));
                yield out.array();
            }
        };
    }

    /** The locks of one owner in {@code value}. */
    public static List<RangeLock> locks(LockKind kind, byte[] value) {
        return switch (kind) {
            case WHOLE -> List.of(whole(value));
            case RANGES -> ranges(value);
        };
    }

    private static byte whole(List<RangeLock> own) {
        return own.getFirst().exclusive() ? EXCLUSIVE : SHARED;
    }

    private static RangeLock whole(byte[] value) {
        if (value.length != 1 || (value[0] != SHARED && value[0] != EXCLUSIVE)) {
            throw new IllegalArgumentException("a lock of no type");
        }
        return RangeLock.whole(value[0] == EXCLUSIVE);
    }

    private static void put(ByteBuffer out, RangeLock lock) {
        out.putInt(lock.exclusive() ? EXCLUSIVE_RANGE : SHARED_RANGE)
                .putInt(lock.pid())
                .putLong(lock.start())
                .putLong(lock.end());
    }

    private static List<RangeLock> ranges(byte[] value) {
        if (value.length % RANGE_BYTES != 0) {
            throw new IllegalArgumentException("%d bytes are no locks".formatted(value.length));
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        var locks = new ArrayList<RangeLock>(value.length / RANGE_BYTES);
        while (in.hasRemaining()) {
            int type = in.getInt();
            if (type != SHARED_RANGE && type != EXCLUSIVE_RANGE) {
                throw new IllegalArgumentException("a lock of type " + type);
            }
            int pid = in.getInt();
            long start = in.getLong();
            long end = in.getLong();
            // Unsigned, whoever wrote it: no file has a byte behind the last signed one.
            locks.add(new RangeLock(type == EXCLUSIVE_RANGE, pid, start, end < 0 ? RangeLock.LAST : end));
        }
        return locks;
    }
}
