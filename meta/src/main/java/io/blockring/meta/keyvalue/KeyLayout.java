package io.blockring.meta.keyvalue;

import io.blockring.meta.Name;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Stamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The keys of a volume. Inodes in keys are little-endian, which spreads them; every other number is big-endian.
 *
 * <pre>
 * setting                     settings            A{inode}P{parent}      links from one directory
 * C{name}                     counter or stamp    D{inode}{length u64}   file data to delete
 * A{inode}I                   attributes          K{id u64}{size u32}    references of a slice - 1
 * A{inode}D{name}             entry               L{time u64}{id u64}    delayed slices
 * U{inode}                    directory stats     QD{inode}              quota of a directory
 * QU{user u64}                quota of a user     QG{group u64}          quota of a group
 * A{inode}C{chunk u32}        slices              SE{session u64}        end of a session
 * A{inode}S                   symlink target      SI{session u64}        who it is
 * A{inode}X{name}             extended attribute  SS{session u64}{inode} sustained inode
 * F{inode}                    BSD locks           P{inode}               POSIX locks
 * R{id u32}                   access control list
 * N{inode}                    top of a tree that no directory holds yet
 * </pre>
 */
final class KeyLayout {
    private static final int INODE_PART = 10;

    private KeyLayout() {}

    static byte[] setting() {
        return "setting".getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] counter(Counter counter) {
        return ("C" + counter.formatName()).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] stamp(Stamp stamp) {
        return ("C" + stamp.formatName()).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] of(Point point) {
        return switch (point) {
            case Point.Attributes(long inode) -> attr(inode);
            case Point.Entry(long directory, Name name) -> child(directory, name);
            case Point.Slices(long inode, int chunk) -> chunk(inode, chunk);
        };
    }

    static byte[] attr(long inode) {
        return ofInode(inode, 'I', 0).array();
    }

    static byte[] child(long directory, Name name) {
        return ofInode(directory, 'D', name.length()).put(name.toBytes()).array();
    }

    static byte[] children(long directory) {
        return ofInode(directory, 'D', 0).array();
    }

    static byte[] parent(long inode, long parent) {
        return littleEndian(ofInode(inode, 'P', Long.BYTES), parent).array();
    }

    static byte[] parents(long inode) {
        return ofInode(inode, 'P', 0).array();
    }

    static byte[] chunk(long inode, int chunk) {
        return ofInode(inode, 'C', Integer.BYTES).putInt(chunk).array();
    }

    static byte[] chunks(long inode) {
        return ofInode(inode, 'C', 0).array();
    }

    static byte[] symlink(long inode) {
        return ofInode(inode, 'S', 0).array();
    }

    static byte[] xattr(long inode, Name name) {
        return ofInode(inode, 'X', name.length()).put(name.toBytes()).array();
    }

    static byte[] xattrs(long inode) {
        return ofInode(inode, 'X', 0).array();
    }

    static byte[] deletedFile(long inode, long length) {
        ByteBuffer key = ByteBuffer.allocate(1 + Long.BYTES + Long.BYTES).put((byte) 'D');
        return littleEndian(key, inode).putLong(length).array();
    }

    static byte[] detached(long inode) {
        return littleEndian(ByteBuffer.allocate(1 + Long.BYTES).put((byte) 'N'), inode)
                .array();
    }

    static long detachedInode(byte[] key) {
        return littleEndianAt(key, 1);
    }

    static byte[] references(SliceKey slice) {
        return ByteBuffer.allocate(1 + Long.BYTES + Integer.BYTES)
                .put((byte) 'K')
                .putLong(slice.id())
                .putInt(slice.size())
                .array();
    }

    static byte[] delayedSlices(long time, long sliceId) {
        return ByteBuffer.allocate(1 + Long.BYTES + Long.BYTES)
                .put((byte) 'L')
                .putLong(time)
                .putLong(sliceId)
                .array();
    }

    static byte[] directoryStats(long directory) {
        return littleEndian(ByteBuffer.allocate(1 + Long.BYTES).put((byte) 'U'), directory)
                .array();
    }

    static byte[] quota(QuotaOwner owner) {
        ByteBuffer key = ByteBuffer.allocate(2 + Long.BYTES).put((byte) 'Q');
        return switch (owner) {
            case QuotaOwner.Directory(long inode) ->
                littleEndian(key.put((byte) 'D'), inode).array();
            case QuotaOwner.User(int uid) ->
                key.put((byte) 'U').putLong(Integer.toUnsignedLong(uid)).array();
            case QuotaOwner.Group(int gid) ->
                key.put((byte) 'G').putLong(Integer.toUnsignedLong(gid)).array();
        };
    }

    static QuotaOwner quotaOwner(byte[] key) {
        long number = ByteBuffer.wrap(key).getLong(2);
        return switch (key[1]) {
            case 'D' -> new QuotaOwner.Directory(littleEndianAt(key, 2));
            case 'U' -> new QuotaOwner.User((int) number);
            case 'G' -> new QuotaOwner.Group((int) number);
            default -> throw new IllegalArgumentException("a quota of no kind");
        };
    }

    static byte[] acl(int id) {
        return ByteBuffer.allocate(1 + Integer.BYTES).put((byte) 'R').putInt(id).array();
    }

    static int aclId(byte[] key) {
        return ByteBuffer.wrap(key).getInt(1);
    }

    static byte[] locks(LockedInode locked) {
        ByteBuffer key = ByteBuffer.allocate(1 + Long.BYTES).put(locks(locked.kind()));
        return littleEndian(key, locked.inode()).array();
    }

    /** What the keys of all locks of a kind begin with. */
    static byte[] locks(LockKind kind) {
        return prefix(
                switch (kind) {
                    case WHOLE -> "F";
                    case RANGES -> "P";
                });
    }

    static LockedInode lockedInode(byte[] key) {
        return new LockedInode(key[0] == 'F' ? LockKind.WHOLE : LockKind.RANGES, littleEndianAt(key, 1));
    }

    static byte[] sessionEnd(long session) {
        return ofSession('E', session, 0).array();
    }

    static byte[] sessionInfo(long session) {
        return ofSession('I', session, 0).array();
    }

    static byte[] sustained(long session, long inode) {
        return littleEndian(ofSession('S', session, Long.BYTES), inode).array();
    }

    static byte[] sustained(long session) {
        return ofSession('S', session, 0).array();
    }

    static byte[] prefix(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The name at the end of the key of an entry or of an extended attribute. */
    static Name name(byte[] key) {
        return Name.stored(Arrays.copyOfRange(key, INODE_PART, key.length));
    }

    /** Whether the key is that of the attributes, chunks, ... of an inode. */
    static boolean isPart(byte[] key, char part) {
        return key.length >= INODE_PART && key[INODE_PART - 1] == part;
    }

    static long inode(byte[] key) {
        return littleEndianAt(key, 1);
    }

    static int chunk(byte[] key) {
        return ByteBuffer.wrap(key).getInt(INODE_PART);
    }

    static long parent(byte[] key) {
        return littleEndianAt(key, INODE_PART);
    }

    static long deletedInode(byte[] key) {
        return littleEndianAt(key, 1);
    }

    static long deletedLength(byte[] key) {
        return ByteBuffer.wrap(key).getLong(1 + Long.BYTES);
    }

    static SliceKey referencedSlice(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        return new SliceKey(in.getLong(1), in.getInt(1 + Long.BYTES));
    }

    static long delayedTime(byte[] key) {
        return ByteBuffer.wrap(key).getLong(1);
    }

    static long delayedSlice(byte[] key) {
        return ByteBuffer.wrap(key).getLong(1 + Long.BYTES);
    }

    static long session(byte[] key) {
        return ByteBuffer.wrap(key).getLong(2);
    }

    static long sustainedInode(byte[] key) {
        return littleEndianAt(key, 2 + Long.BYTES);
    }

    /** The first key behind all that start with {@code prefix}. */
    static byte[] behind(byte[] prefix) {
        byte[] next = prefix.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            if (++next[i] != 0) {
                return Arrays.copyOf(next, i + 1);
            }
        }
        throw new IllegalArgumentException("no key is behind all that start with 0xFF only");
    }

    /** The first key behind {@code key} itself. */
    static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    private static ByteBuffer ofInode(long inode, char part, int more) {
        ByteBuffer key = ByteBuffer.allocate(INODE_PART + more).put((byte) 'A');
        return littleEndian(key, inode).put((byte) part);
    }

    private static ByteBuffer ofSession(char part, long session, int more) {
        return ByteBuffer.allocate(2 + Long.BYTES + more)
                .put((byte) 'S')
                .put((byte) part)
                .putLong(session);
    }

    private static ByteBuffer littleEndian(ByteBuffer out, long value) {
        return out.putLong(Long.reverseBytes(value));
    }

    private static long littleEndianAt(byte[] key, int offset) {
        return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    }
}
