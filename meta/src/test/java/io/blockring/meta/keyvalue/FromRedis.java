package io.blockring.meta.keyvalue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.redis.RedisDump;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is in Redis, in the layout of keys and values, so that one check knows both. */
public final class FromRedis {
    /** Redis keeps what was given last, the other layout the next to give. */
    private static final Map<String, String> LAST_GIVEN = Map.of("nextinode", "nextInode", "nextchunk", "nextChunk");

    private final SortedMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);

    private FromRedis() {}

    public static SortedMap<byte[], byte[]> convert(Map<String, RedisDump.Value> dump) {
        var converted = new FromRedis();
        // A volume without any file has neither.
        converted.counter("nextInode", 2);
        converted.counter("nextChunk", 1);
        dump.forEach((key, value) -> converted.add(key, value, dump));
        return converted.records;
    }

    private void add(String key, RedisDump.Value value, Map<String, RedisDump.Value> dump) {
        List<byte[]> elements = value.elements();
        switch (key) {
            case "setting" -> records.put(KeyLayout.setting(), elements.getFirst());
            case "nextsession" -> counter("nextSession", number(elements.getFirst()));
            case "nextinode", "nextchunk" ->
                counter(LAST_GIVEN.getOrDefault(key, key), number(elements.getFirst()) + 1);
            case "allSessions" ->
                pairs(
                        elements,
                        (id, end) -> records.put(KeyLayout.sessionEnd(number(id)), ValueCodec.stamp(number(end))));
            case "sessionInfos" -> pairs(elements, (id, info) -> records.put(KeyLayout.sessionInfo(number(id)), info));
            case "acl" -> pairs(elements, (id, rule) -> records.put(KeyLayout.acl((int) number(id)), rule));
            case "delfiles" -> pairs(elements, this::deletedFile);
            case "delSlices" -> pairs(elements, this::delayedSlices);
            case "detachedNodes" ->
                pairs(
                        elements,
                        (inode, time) ->
                                records.put(KeyLayout.detached(number(inode)), ValueCodec.stamp(number(time))));
            case "sliceRef" -> pairs(elements, this::references);
            case "dirDataLength", "dirUsedSpace", "dirUsedInodes" -> statistics(key, dump);
            case "dirQuota", "userQuota", "groupQuota" -> quotas(key, elements, dump);
            case "dirQuotaUsedSpace", "dirQuotaUsedInodes", "userQuotaUsedSpace" -> {}
            case "userQuotaUsedInodes", "groupQuotaUsedSpace", "groupQuotaUsedInodes" -> {}
            default -> addOther(key, elements);
        }
    }

    private void addOther(String key, List<byte[]> elements) {
        if (key.startsWith("session")) {
            long session = Long.parseLong(key.substring("session".length()));
            elements.forEach(inode -> records.put(KeyLayout.sustained(session, number(inode)), new byte[] {1}));
        } else if (key.startsWith("lock")) {
            locks(key, elements);
        } else if (key.startsWith("last") || key.startsWith("nextCleanup")) {
            records.put(ascii("C" + key), ValueCodec.stamp(number(elements.getFirst())));
        } else if (key.length() > 1 && Character.isDigit(key.charAt(1))) {
            ofInode(key, elements);
        } else {
            counter(key, number(elements.getFirst()));
        }
    }

    /** What a session has locked stands in its locks too. */
    private void locks(String key, List<byte[]> elements) {
        if (key.startsWith("locked")) {
            return;
        }
        LockKind kind = key.startsWith("lockf") ? LockKind.WHOLE : LockKind.RANGES;
        var inode = new LockedInode(kind, Long.parseLong(key.substring("lockf".length())));
        var table = new LinkedHashMap<LockOwner, List<RangeLock>>();
        pairs(elements, (owner, own) -> {
            String[] numbers = new String(owner, ISO_8859_1).split("_", -1);
            table.put(
                    new LockOwner(Long.parseLong(numbers[0]), Long.parseUnsignedLong(numbers[1], 16)),
                    LockCodec.locks(kind, own));
        });
        records.put(KeyLayout.locks(inode), LockCodec.table(kind, table));
    }

    private void ofInode(String key, List<byte[]> elements) {
        String[] numbers = key.substring(1).split("_", -1);
        long inode = Long.parseLong(numbers[0]);
        switch (key.charAt(0)) {
            case 'i' -> records.put(KeyLayout.attr(inode), elements.getFirst());
            case 's' -> records.put(KeyLayout.symlink(inode), elements.getFirst());
            case 'd' -> pairs(elements, (name, child) -> records.put(KeyLayout.child(inode, Name.stored(name)), child));
            case 'x' -> pairs(elements, (name, value) -> records.put(KeyLayout.xattr(inode, Name.stored(name)), value));
            case 'p' ->
                pairs(
                        elements,
                        (parent, links) -> records.put(
                                KeyLayout.parent(inode, number(parent)), ValueCodec.counter(number(links))));
            case 'c' -> {
                var slices = new ByteArrayOutputStream();
                elements.forEach(slices::writeBytes);
                records.put(KeyLayout.chunk(inode, Integer.parseInt(numbers[1])), slices.toByteArray());
            }
            default -> throw new IllegalArgumentException("a key of no kind: " + key);
        }
    }

    private void deletedFile(byte[] member, byte[] time) {
        String[] numbers = new String(member, ISO_8859_1).split(":", -1);
        var file = new DeletedFile(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), number(time));
        records.put(KeyLayout.deletedFile(file.inode(), file.length()), ValueCodec.stamp(file.deletedAt()));
    }

    private void delayedSlices(byte[] field, byte[] slices) {
        String[] numbers = new String(field, ISO_8859_1).split("_", -1);
        records.put(KeyLayout.delayedSlices(Long.parseLong(numbers[1]), Long.parseLong(numbers[0])), slices);
    }

    private void references(byte[] field, byte[] count) {
        String[] numbers = new String(field, ISO_8859_1).substring(1).split("_", -1);
        var slice = new SliceKey(Long.parseLong(numbers[0]), Integer.parseInt(numbers[1]));
        records.put(KeyLayout.references(slice), ValueCodec.counter(number(count)));
    }

    private void statistics(String key, Map<String, RedisDump.Value> dump) {
        if (key.equals("dirUsedSpace")) {
            pairs(elements(key, dump), (inode, space) -> {
                long directory = number(inode);
                var stats = new DirectoryStats(
                        of("dirDataLength", inode, dump), number(space), of("dirUsedInodes", inode, dump));
                records.put(KeyLayout.directoryStats(directory), ValueCodec.directoryStats(stats));
            });
        }
    }

    private void quotas(String key, List<byte[]> elements, Map<String, RedisDump.Value> dump) {
        pairs(elements, (id, limits) -> {
            QuotaOwner owner = switch (key.charAt(0)) {
                case 'd' -> new QuotaOwner.Directory(number(id));
                case 'u' -> new QuotaOwner.User((int) number(id));
                default -> new QuotaOwner.Group((int) number(id));
            };
            Quota quota = ValueCodec.limits(limits)
                    .plusUsed(of(key + "UsedSpace", id, dump), of(key + "UsedInodes", id, dump));
            records.put(KeyLayout.quota(owner), ValueCodec.quota(quota));
        });
    }

    /** The number of an owner in a hash; 0 where there is none. */
    private static long of(String key, byte[] owner, Map<String, RedisDump.Value> dump) {
        List<byte[]> elements = elements(key, dump);
        for (int i = 0; i < elements.size(); i += 2) {
            if (Arrays.equals(elements.get(i), owner)) {
                return number(elements.get(i + 1));
            }
        }
        return 0;
    }

    private static List<byte[]> elements(String key, Map<String, RedisDump.Value> dump) {
        RedisDump.Value value = dump.get(key);
        return value == null ? List.of() : value.elements();
    }

    private void counter(String name, long value) {
        records.put(ascii("C" + name), ValueCodec.counter(value));
    }

    private interface Pair {
        void add(byte[] first, byte[] second);
    }

    private static void pairs(List<byte[]> elements, Pair pair) {
        for (int i = 0; i < elements.size(); i += 2) {
            pair.add(elements.get(i), elements.get(i + 1));
        }
    }

    private static long number(byte[] text) {
        return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
