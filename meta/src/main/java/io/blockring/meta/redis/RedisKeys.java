package io.blockring.meta.redis;

import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The keys of a volume in Redis. Numbers in keys and fields are decimal; values that hold several numbers are those of
 * the key-value layout. In a cluster each key begins with a hash tag, so that one server holds the volume.
 *
 * <pre>
 * setting            string  settings              allSessions   zset   session: second of its end
 * usedSpace, ...     string  counters and stamps   sessionInfos  hash   session: who it is
 * i{inode}           string  attributes            session{id}   set    sustained inodes
 * d{inode}           hash    name: entry           delfiles      zset   {inode}:{length}: second of its deletion
 * c{inode}_{chunk}   list    slices                delSlices     hash   {slice}_{second}: delayed slices
 * s{inode}           string  symlink target        sliceRef      hash   k{slice}_{size}: references - 1
 * dirDataLength, dirUsedSpace, dirUsedInodes       hash   directory: sum of what lies in it
 * dirQuota, userQuota, groupQuota                  hash   owner: limits; ...UsedSpace and ...UsedInodes beside
 * x{inode}           hash    extended attributes   p{inode}      hash   directory: links from it
 * lockf{inode}, lockp{inode}                       hash   {session}_{owner, 16 hexadecimal digits}: locks
 * locked{session}    set     keys of its locks     acl           hash   number: access control list
 * detachedNodes      zset    inode: second when it was last being built
 * </pre>
 */
final class RedisKeys {
    private static final String WHOLE = "lockf";
    private static final String RANGES = "lockp";
    private static final int HEXADECIMAL = 16;
    private static final Pattern ATTR = Pattern.compile("i\\d{1,19}");
    private static final Pattern CHUNK = Pattern.compile("c\\d{1,19}_\\d{1,10}");

    private final String prefix;

    /** Keys that begin with {@code prefix}, which is empty but in a cluster. */
    RedisKeys(String prefix) {
        this.prefix = prefix;
    }

    private byte[] key(String name) {
        return bytes(prefix + name);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] number(long number) {
        return bytes(Long.toString(number));
    }

    byte[] setting() {
        return key("setting");
    }

    /** The counters of ids are in lower case, the others as they are called elsewhere. */
    byte[] counter(Counter counter) {
        return key(
                switch (counter) {
                    case NEXT_INODE, NEXT_SLICE, NEXT_SESSION ->
                        counter.formatName().toLowerCase(Locale.ROOT);
                    case USED_SPACE, TOTAL_INODES, NEXT_TRASH, ACL_MAX_ID -> counter.formatName();
                });
    }

    byte[] stamp(Stamp stamp) {
        return key(stamp.formatName());
    }

    byte[] attr(long inode) {
        return key("i" + inode);
    }

    /** What the keys of all attributes begin with; the inode follows. */
    byte[] attr() {
        return key("i");
    }

    byte[] children(long directory) {
        return key("d" + directory);
    }

    byte[] chunk(long inode, int chunk) {
        return key("c" + inode + "_" + chunk);
    }

    /** What the keys of all chunks of an inode look like, for SCAN. */
    byte[] anyChunk(long inode) {
        return key("c" + inode + "_*");
    }

    /** What the keys of all attributes look like, and others too. */
    byte[] anyAttr() {
        return key("i[0-9]*");
    }

    boolean isAttr(byte[] key) {
        return ATTR.matcher(withoutPrefix(key)).matches();
    }

    /** What the keys of all chunks look like, and others too. */
    byte[] anyChunk() {
        return key("c[0-9]*");
    }

    boolean isChunk(byte[] key) {
        return CHUNK.matcher(withoutPrefix(key)).matches();
    }

    /** The inode in the key of attributes or of a chunk. */
    long inodeOf(byte[] key) {
        String text = withoutPrefix(key).substring(1);
        int end = text.indexOf('_');
        return Long.parseLong(end < 0 ? text : text.substring(0, end));
    }

    private String withoutPrefix(byte[] key) {
        return new String(key, prefix.length(), key.length - prefix.length(), StandardCharsets.ISO_8859_1);
    }

    static int chunkOf(byte[] key) {
        String text = new String(key, StandardCharsets.US_ASCII);
        return Integer.parseInt(text.substring(text.lastIndexOf('_') + 1));
    }

    byte[] symlink(long inode) {
        return key("s" + inode);
    }

    byte[] xattrs(long inode) {
        return key("x" + inode);
    }

    byte[] parents(long inode) {
        return key("p" + inode);
    }

    byte[] sessionEnds() {
        return key("allSessions");
    }

    byte[] sessionInfos() {
        return key("sessionInfos");
    }

    byte[] sustained(long session) {
        return key("session" + session);
    }

    byte[] locks(LockedInode locked) {
        return key((locked.kind() == LockKind.WHOLE ? WHOLE : RANGES) + locked.inode());
    }

    /** What has this key, which is with the tag of a cluster. */
    LockedInode lockedInode(byte[] key) {
        String text = new String(key, StandardCharsets.US_ASCII);
        String name = text.startsWith(prefix) ? text.substring(prefix.length()) : "";
        if (!name.startsWith(WHOLE) && !name.startsWith(RANGES)) {
            throw new IllegalArgumentException("no key of locks: " + text);
        }
        return new LockedInode(
                name.startsWith(WHOLE) ? LockKind.WHOLE : LockKind.RANGES,
                Long.parseLong(name.substring(WHOLE.length())));
    }

    byte[] locked(long session) {
        return key("locked" + session);
    }

    static byte[] lockOwner(LockOwner owner) {
        return bytes("%d_%016X".formatted(owner.session(), owner.owner()));
    }

    static LockOwner lockOwner(byte[] field) {
        String text = new String(field, StandardCharsets.US_ASCII);
        int middle = text.indexOf('_');
        if (middle <= 0) {
            throw new IllegalArgumentException("no owner of a lock: " + text);
        }
        return new LockOwner(
                Long.parseLong(text.substring(0, middle)),
                Long.parseUnsignedLong(text.substring(middle + 1), HEXADECIMAL));
    }

    byte[] acls() {
        return key("acl");
    }

    byte[] deletedFiles() {
        return key("delfiles");
    }

    static byte[] deletedFile(DeletedFile file) {
        return bytes(file.inode() + ":" + file.length());
    }

    static DeletedFile deletedFile(byte[] member, long deletedAt) {
        long[] numbers = twoNumbers(member, 0, ':');
        return new DeletedFile(numbers[0], numbers[1], deletedAt);
    }

    byte[] detachedTrees() {
        return key("detachedNodes");
    }

    byte[] delayedSlices() {
        return key("delSlices");
    }

    static byte[] delayedSlices(DelayedSlices slices) {
        return bytes(slices.by() + "_" + slices.replacedAt());
    }

    static DelayedSlices delayedSlices(byte[] field, List<SliceKey> slices) {
        long[] numbers = twoNumbers(field, 0, '_');
        return new DelayedSlices(numbers[1], numbers[0], slices);
    }

    /** The names of three hashes: limits, space and inodes. */
    private static String quotas(QuotaOwner owner) {
        return switch (owner) {
            case QuotaOwner.Directory _ -> "dirQuota";
            case QuotaOwner.User _ -> "userQuota";
            case QuotaOwner.Group _ -> "groupQuota";
        };
    }

    byte[] limits(QuotaOwner owner) {
        return key(quotas(owner));
    }

    byte[] usedSpace(QuotaOwner owner) {
        return key(quotas(owner) + "UsedSpace");
    }

    byte[] usedInodes(QuotaOwner owner) {
        return key(quotas(owner) + "UsedInodes");
    }

    static byte[] owner(QuotaOwner owner) {
        return number(
                switch (owner) {
                    case QuotaOwner.Directory(long inode) -> inode;
                    case QuotaOwner.User(int uid) -> Integer.toUnsignedLong(uid);
                    case QuotaOwner.Group(int gid) -> Integer.toUnsignedLong(gid);
                });
    }

    byte[] directoryLength() {
        return key("dirDataLength");
    }

    byte[] directorySpace() {
        return key("dirUsedSpace");
    }

    byte[] directoryInodes() {
        return key("dirUsedInodes");
    }

    byte[] references() {
        return key("sliceRef");
    }

    static byte[] references(SliceKey slice) {
        return bytes("k" + slice.id() + "_" + slice.size());
    }

    static SliceKey referencedSlice(byte[] field) {
        long[] numbers = twoNumbers(field, 1, '_');
        return new SliceKey(numbers[0], (int) numbers[1]);
    }

    /** The numbers on both sides of {@code between}, from {@code start} on; others are an IllegalArgumentException. */
    private static long[] twoNumbers(byte[] bytes, int start, char between) {
        String text = new String(bytes, StandardCharsets.US_ASCII);
        int middle = text.indexOf(between);
        if (middle <= start) {
            throw new IllegalArgumentException("no two numbers in " + text);
        }
        return new long[] {Long.parseLong(text.substring(start, middle)), Long.parseLong(text.substring(middle + 1))};
    }
}
