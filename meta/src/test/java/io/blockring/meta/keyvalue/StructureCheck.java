package io.blockring.meta.keyvalue;

import com.google.errorprone.annotations.FormatMethod;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What must hold between the records of a volume whenever no transaction runs; the counters are exact. */
public final class StructureCheck {
    private static final long TRASH = 0x7FFF_FFFF_1000_0000L;
    private static final long UNIT = 4096;

    /** An entry of a directory. */
    private record Link(long directory, Child child) {}

    private final Map<Long, Attr> attrs = new TreeMap<>();
    private final Map<Long, List<Link>> names = new HashMap<>();
    private final Map<Long, Map<Long, Long>> parents = new HashMap<>();
    private final Map<SliceKey, Long> uses = new HashMap<>();
    private final Map<SliceKey, Long> references = new HashMap<>();
    private final Map<String, Long> counters = new HashMap<>();
    private final Set<Long> withChunks = new HashSet<>();
    private final Set<Long> withExtras = new HashSet<>();
    private final Set<Long> symlinks = new HashSet<>();
    private final Set<Long> deleted = new HashSet<>();
    private final Set<Long> sustained = new HashSet<>();
    private final Set<Long> detached = new HashSet<>();
    private final Set<Long> sustaining = new HashSet<>();
    private final Set<Long> sessions = new HashSet<>();
    private final Map<Long, DirectoryStats> stats = new HashMap<>();
    private final Map<QuotaOwner, Quota> quotas = new HashMap<>();
    private final Map<Integer, AclRule> acls = new HashMap<>();
    private final List<String> problems = new ArrayList<>();

    private StructureCheck() {}

    /** What is wrong with these records; nothing when they are a sound volume. */
    public static List<String> problems(SortedMap<byte[], byte[]> records) {
        StructureCheck check = checked(records);
        check.checkUsage();
        check.checkSums();
        return check.problems;
    }

    /** The same after a crash, which may leave sums that are written late a little off. */
    public static List<String> problemsButSums(SortedMap<byte[], byte[]> records) {
        StructureCheck check = checked(records);
        check.checkUsage();
        return check.problems;
    }

    /** The same where the counters of usage are written late too. */
    public static List<String> problemsButSumsAndUsage(SortedMap<byte[], byte[]> records) {
        return checked(records).problems;
    }

    private static StructureCheck checked(SortedMap<byte[], byte[]> records) {
        var check = new StructureCheck();
        records.forEach(check::read);
        check.checkNames();
        check.checkInodes();
        check.checkData();
        check.checkSessions();
        check.checkIds();
        return check;
    }

    /** The slices that anything still refers to. */
    public static Set<Long> usedSlices(SortedMap<byte[], byte[]> records) {
        var check = new StructureCheck();
        records.forEach(check::read);
        var ids = new HashSet<Long>();
        check.uses.keySet().forEach(slice -> ids.add(slice.id()));
        return ids;
    }

    private void read(byte[] key, byte[] value) {
        switch (key[0]) {
            case 'A' ->
                readInode(ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong(1), key, value);
            case 'C' ->
                counters.put(new String(key, 1, key.length - 1, StandardCharsets.US_ASCII), ValueCodec.counter(value));
            case 'K' -> references.put(KeyLayout.referencedSlice(key), ValueCodec.counter(value));
            case 'L' -> ValueCodec.sliceKeys(value).forEach(this::use);
            case 'D' -> deleted.add(KeyLayout.deletedInode(key));
            case 'N' -> detached.add(KeyLayout.detachedInode(key));
            case 'S' -> readSession(key);
            case 's' -> {}
            case 'R' -> acls.put(KeyLayout.aclId(key), AclCodec.decode(value));
            case 'F', 'P' -> LockCodec.table(KeyLayout.lockedInode(key).kind(), value);
            case 'U' ->
                stats.put(
                        ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong(1),
                        ValueCodec.directoryStats(value));
            case 'Q' -> quotas.put(KeyLayout.quotaOwner(key), ValueCodec.quota(value));
            default -> problems.add("a record of no kind: " + RecordText.key(key));
        }
    }

    private void readInode(long inode, byte[] key, byte[] value) {
        switch (key[9]) {
            case 'I' -> attrs.put(inode, AttrCodec.decode(value));
            case 'D' -> {
                Child child = ValueCodec.child(value);
                names.computeIfAbsent(child.inode(), _ -> new ArrayList<>()).add(new Link(inode, child));
            }
            case 'P' -> {
                long count = ValueCodec.counter(value);
                if (count != 0) {
                    parents.computeIfAbsent(inode, _ -> new HashMap<>()).put(KeyLayout.parent(key), count);
                }
                withExtras.add(inode);
            }
            case 'C' -> {
                withChunks.add(inode);
                for (SliceRecord slice : ValueCodec.slices(value)) {
                    if (!slice.isZeros()) {
                        use(SliceKey.of(slice));
                    }
                }
            }
            case 'S' -> symlinks.add(inode);
            case 'X' -> withExtras.add(inode);
            default -> problems.add("a record of no kind: " + RecordText.key(key));
        }
    }

    private void readSession(byte[] key) {
        switch (key[1]) {
            case 'E' -> sessions.add(KeyLayout.session(key));
            case 'S' -> {
                sustained.add(KeyLayout.sustainedInode(key));
                sustaining.add(KeyLayout.session(key));
            }
            default -> {}
        }
    }

    private void use(SliceKey slice) {
        uses.merge(slice, 1L, Long::sum);
    }

    private void checkNames() {
        names.forEach((inode, links) -> links.forEach(link -> {
            Attr attr = attrs.get(inode);
            if (attr == null) {
                problems.add("an entry of %d names inode %d, which is not there".formatted(link.directory(), inode));
            } else if (attr.type() != link.child().type()) {
                problems.add("an entry says that inode %d is a %s"
                        .formatted(inode, link.child().type()));
            }
            Attr directory = attrs.get(link.directory());
            if (directory == null || directory.type() != FileType.DIRECTORY) {
                problems.add("%d has entries and is no directory".formatted(link.directory()));
            }
        }));
    }

    private void checkInodes() {
        attrs.forEach((inode, attr) -> {
            checkAcls(inode, attr);
            List<Link> links = names.getOrDefault(inode, List.of());
            if (inode == FileTree.ROOT || inode == TRASH) {
                require(links.isEmpty(), "root %d has a name", inode);
            } else if (detached.contains(inode)) {
                require(links.isEmpty(), "detached tree %d has a name", inode);
            } else if (attr.type() == FileType.DIRECTORY) {
                require(links.size() == 1, "directory %d has %d names", inode, links.size());
                require(
                        links.stream().allMatch(link -> link.directory() == attr.parent()),
                        "directory %d is not in its parent %d",
                        inode,
                        attr.parent());
            } else {
                checkLinks(inode, attr, links);
            }
            if (attr.type() == FileType.DIRECTORY) {
                checkDirectoryLinks(inode, attr);
                require(leadsToRoot(inode), "directory %d is in a loop", inode);
            }
            require((attr.type() == FileType.SYMLINK) == symlinks.contains(inode), "%d and its target", inode);
        });
        for (long inode : detached) {
            require(attrs.containsKey(inode), "detached tree %d is not there", inode);
        }
        for (long inode : withExtras) {
            require(attrs.containsKey(inode), "%d is gone, and parents or extended attributes stayed", inode);
        }
        for (long inode : symlinks) {
            require(attrs.containsKey(inode), "symlink %d is gone and its target stayed", inode);
        }
    }

    private void checkAcls(long inode, Attr attr) {
        require(
                attr.defaultAcl() == 0 || acls.containsKey(attr.defaultAcl()),
                "inode %d has a list of no number",
                inode);
        AclRule access = acls.get(attr.accessAcl());
        require(
                attr.accessAcl() == 0 || (access != null && access.mode() == (attr.mode() & 0777)),
                "inode %d has a mode unlike its list %s",
                inode,
                attr.accessAcl());
    }

    private void checkLinks(long inode, Attr attr, List<Link> links) {
        require(attr.nlink() == links.size(), "inode %d has %d links and %d names", inode, attr.nlink(), links.size());
        if (attr.nlink() == 0) {
            require(sustained.contains(inode), "inode %d has no name and nobody sustains it", inode);
            return;
        }
        var counted = new HashMap<Long, Long>();
        links.forEach(link -> counted.merge(link.directory(), 1L, Long::sum));
        if (attr.parent() == 0) {
            Map<Long, Long> recorded = parents.getOrDefault(inode, Map.of());
            require(counted.equals(recorded), "inode %d is in %s, and records say %s", inode, counted, recorded);
        } else {
            require(
                    counted.equals(Map.of(attr.parent(), 1L)),
                    "inode %d of %d is in %s",
                    inode,
                    attr.parent(),
                    counted);
            require(!parents.containsKey(inode), "inode %d counts parents", inode);
        }
    }

    private boolean leadsToRoot(long directory) {
        long at = directory;
        for (int i = 0; i <= attrs.size(); i++) {
            Attr attr = attrs.get(at);
            if (at == FileTree.ROOT || at == TRASH || attr == null) {
                return true;
            }
            at = attr.parent();
        }
        return false;
    }

    private void checkDirectoryLinks(long inode, Attr attr) {
        long below = inode >= TRASH
                ? 0
                : names.values().stream()
                        .flatMap(List::stream)
                        .filter(link ->
                                link.directory() == inode && link.child().isDirectory())
                        .count();
        require(attr.nlink() == 2 + below, "directory %d has %d links and %d below", inode, attr.nlink(), below);
    }

    private void checkData() {
        for (long inode : withChunks) {
            require(attrs.containsKey(inode) || deleted.contains(inode), "chunks of %d, which is gone", inode);
        }
        for (long inode : deleted) {
            require(!attrs.containsKey(inode), "deleted file %d is there", inode);
        }
        uses.forEach((slice, count) -> require(
                references.getOrDefault(slice, 0L) == count - 1,
                "%s is used %d times and counts %d more",
                slice,
                count,
                references.getOrDefault(slice, 0L)));
        references.forEach((slice, count) ->
                require(uses.containsKey(slice) || count < 0, "%s is used by nobody and counts %d", slice, count));
    }

    private void checkSessions() {
        for (long session : sustaining) {
            require(sessions.contains(session), "session %d sustains inodes and is not there", session);
        }
        for (long inode : sustained) {
            require(attrs.containsKey(inode), "sustained inode %d is not there", inode);
        }
    }

    private void checkUsage() {
        long inodes = attrs.keySet().stream()
                .filter(inode -> inode != FileTree.ROOT && inode != TRASH)
                .count();
        long space = attrs.entrySet().stream()
                .filter(entry -> entry.getKey() != FileTree.ROOT && entry.getKey() != TRASH)
                .mapToLong(entry -> entry.getValue().type() == FileType.FILE
                        ? Math.max(1, (entry.getValue().length() + UNIT - 1) / UNIT) * UNIT
                        : UNIT)
                .sum();
        requireCounter(Counter.TOTAL_INODES, inodes);
        requireCounter(Counter.USED_SPACE, space);
    }

    /** No id is given twice. */
    private void checkIds() {
        long highestInode = attrs.keySet().stream()
                .filter(inode -> inode < TRASH)
                .mapToLong(i -> i)
                .max()
                .orElse(0);
        long highestSlice = uses.keySet().stream().mapToLong(SliceKey::id).max().orElse(0);
        require(counter(Counter.NEXT_INODE) > highestInode, "inode %d will be given again", highestInode);
        require(counter(Counter.NEXT_SLICE) > highestSlice, "slice %d will be given again", highestSlice);
    }

    /** What a walk of all names finds is what was counted, wherever there is a count. */
    private void checkSums() {
        var found = new HashMap<Long, DirectoryStats>();
        names.forEach((inode, links) -> links.forEach(link -> {
            Attr attr = attrs.get(inode);
            if (attr != null) {
                found.merge(link.directory(), entry(attr), DirectoryStats::plus);
            }
        }));
        stats.forEach((directory, counted) -> {
            require(attrs.containsKey(directory), "statistics of %d, which is gone", directory);
            DirectoryStats expected = found.getOrDefault(directory, DirectoryStats.NONE);
            require(counted.equals(expected), "directory %d counts %s and holds %s", directory, counted, expected);
        });
        quotas.forEach((owner, quota) -> {
            DirectoryStats used = switch (owner) {
                case QuotaOwner.Directory(long directory) -> below(directory, found);
                case QuotaOwner.User(int uid) -> owned(attr -> attr.uid() == uid);
                case QuotaOwner.Group(int gid) -> owned(attr -> attr.gid() == gid);
            };
            require(
                    quota.usedSpace() == used.space() && quota.usedInodes() == used.inodes(),
                    "%s counts %s and uses %s",
                    owner,
                    quota,
                    used);
        });
    }

    private static DirectoryStats entry(Attr attr) {
        long length = attr.type() == FileType.FILE ? attr.length() : 0;
        return new DirectoryStats(length, Math.max(1, (length + UNIT - 1) / UNIT) * UNIT, 1);
    }

    private DirectoryStats below(long directory, Map<Long, DirectoryStats> found) {
        DirectoryStats sum = found.getOrDefault(directory, DirectoryStats.NONE);
        for (Map.Entry<Long, Attr> inode : attrs.entrySet()) {
            Attr attr = inode.getValue();
            if (attr.type() == FileType.DIRECTORY && attr.parent() == directory && inode.getKey() != directory) {
                sum = sum.plus(below(inode.getKey(), found));
            }
        }
        return sum;
    }

    private DirectoryStats owned(Predicate<Attr> byOwner) {
        DirectoryStats sum = DirectoryStats.NONE;
        for (Map.Entry<Long, Attr> inode : attrs.entrySet()) {
            if (inode.getKey() != FileTree.ROOT && inode.getKey() != TRASH && byOwner.test(inode.getValue())) {
                sum = sum.plus(entry(inode.getValue()));
            }
        }
        return sum;
    }

    private void requireCounter(Counter counter, long expected) {
        require(counter(counter) == expected, "%s is %d and should be %d", counter, counter(counter), expected);
    }

    private long counter(Counter counter) {
        return counters.getOrDefault(counter.formatName(), 0L);
    }

    @FormatMethod
    private void require(boolean holds, String problem, Object... values) {
        if (!holds) {
            problems.add(problem.formatted(values));
        }
    }
}
