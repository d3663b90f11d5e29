package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Does what the lines of OPERATIONS.txt say, and checks the results that they tell. */
final class Replay {
    /** What the fixture's writer made of the names alice and users. */
    private static final int ALICE = 0x5446_96d4;

    private static final int USERS = 100;
    private static final String RENAMED = "/d/sub/g1k";
    private static final String ATTRIBUTED = "/sub2/g1k";
    private static final byte[] ATTRIBUTE = "val\0ue-1".getBytes(StandardCharsets.US_ASCII);
    private static final Map<FileError.Kind, Integer> ERRNO = Map.of(
            FileError.Kind.EXISTS, -17,
            FileError.Kind.NOT_EMPTY, -39,
            FileError.Kind.NO_SUCH_ATTRIBUTE, -61);

    @FunctionalInterface
    private interface Operation {
        void run(MatchResult line) throws FileError;
    }

    private final FileTree tree;
    private final VolumeTree volume;
    private final Map<Pattern, Operation> operations = new LinkedHashMap<>();
    private final Deque<Long> open = new ArrayDeque<>();
    private final Map<Long, Integer> unflushed = new HashMap<>();
    private final long unusedSlice;
    private long offset;

    /**
     * Operations on {@code volume}.
     *
     * @param unusedSlice an id that the fixture's writer took and did not use; 0 for none
     * @param rename how names move that replace nothing
     */
    Replay(VolumeTree volume, long unusedSlice, RenameMode rename) {
        this.volume = volume;
        this.unusedSlice = unusedSlice;
        this.tree = volume;
        on("mkdir (25\\d)", line -> makeLongName(Integer.parseInt(line.group(1))));
        on("mkdir (/\\S+) again", line -> tree.makeDirectory(Caller.ROOT, parent(line), name(line), 0755));
        on("mkdir (/\\S+)(?: (0\\d+))?", line -> tree.makeDirectory(Caller.ROOT, parent(line), name(line), mode(line)));
        on("create /many/f0..f49 empty", _ -> makeMany());
        on("create (/d/hole)", line -> create(line, 0600));
        on("create (/.+) 0644", line -> create(line, 0644));
        on("write fd len=(\\d+)", line -> unflushed.put(open.getLast(), Integer.parseInt(line.group(1))));
        on("flush", _ -> flush());
        on("close", _ -> tree.close(open.removeLast()));
        on("open (/\\S+) [RW]", line -> openFile(inode(line.group(1))));
        on("lseek .* -> (\\d+)", line -> offset = Long.parseLong(line.group(1)));
        on("rename onto existing \\(NoReplace\\)", _ -> rename(RENAMED, "/d/f10m", RenameMode.NO_REPLACE));
        on("rename (/\\S+) (/\\S+)", line -> rename(line.group(1), line.group(2), rename));
        on("symlink (\\S+) (/\\S+)", line -> symlink(line.group(1), line.group(2)));
        on(
                "readlink -> 4|target=f10m",
                _ -> assertThat(tree.readSymlink(inode("/d/ln"))).hasSize(4));
        on("setxattr user.k1", _ -> setAttribute("user.k1", 8, AttributeMode.CREATE_OR_REPLACE));
        on("setxattr user.k2 create|create again", _ -> setAttribute("user.k2", 3, AttributeMode.CREATE));
        on("replace missing", _ -> setAttribute("user.k3", 3, AttributeMode.REPLACE));
        on("removexattr .*", _ -> tree.removeExtendedAttribute(inode(ATTRIBUTED), Name.of("user.k2")));
        on("chmod 0640", _ -> change(new AttrChange(0640, null, null, null, null, null)));
        on("setOwner alice users", _ -> change(new AttrChange(null, ALICE, USERS, null, null, null)));
        on(
                "utime",
                _ -> change(new AttrChange(
                        null, null, null, at(1_500_000_000, 456_000_000), at(1_600_000_000, 123_000_000), null)));
        on("truncate (/\\S+) 200 MiB", line -> tree.truncate(Caller.ROOT, inode(line.group(1)), 200L << 20));
        on(
                "truncate (/\\S+) (\\d+)",
                line -> tree.truncate(Caller.ROOT, inode(line.group(1)), Long.parseLong(line.group(2))));
        on("concat (/c1) \\+= (/c2),(/c3)", _ -> concat());
        on("delete (/\\S+)(?: while open)?", line -> tree.unlink(Caller.ROOT, parent(line), name(line)));
        on("delete (/d) \\(not empty\\)", line -> tree.removeDirectory(Caller.ROOT, parent(line), name(line)));
        on("rmr (/\\S+)", line -> removeAll(line.group(1)));
    }

    private void on(String pattern, Operation operation) {
        String result = pattern.contains("->") || pattern.startsWith("write") || pattern.endsWith("empty")
                ? ""
                : "(?: -> -?\\d+)";
        operations.put(Pattern.compile("(?:" + pattern + ")" + result), operation);
    }

    /** Does one line; its last number tells the error, where there is one. */
    void run(String line) {
        Matcher result = Pattern.compile(".* -> (-\\d+)").matcher(line);
        int expected = result.matches() ? Integer.parseInt(result.group(1)) : 0;
        assertThat(perform(line)).as(line).isEqualTo(expected);
    }

    private int perform(String line) {
        for (Map.Entry<Pattern, Operation> operation : operations.entrySet()) {
            Matcher matcher = operation.getKey().matcher(line);
            if (matcher.matches()) {
                try {
                    operation.getValue().run(matcher.toMatchResult());
                    return 0;
                } catch (FileError e) {
                    assertThat(ERRNO).as("%s: %s", line, e.getMessage()).containsKey(e.kind());
                    return ERRNO.getOrDefault(e.kind(), 0);
                }
            }
        }
        throw new AssertionError("nobody knows how to do: " + line);
    }

    private long inode(String path) throws FileError {
        long inode = FileTree.ROOT;
        for (String part : path.substring(1).split("/", -1)) {
            if (!part.isEmpty()) {
                inode = tree.lookup(inode, Name.of(part)).inode();
            }
        }
        return inode;
    }

    private long parent(MatchResult line) throws FileError {
        return parent(line.group(1));
    }

    private long parent(String path) throws FileError {
        return inode(path.substring(0, Math.max(1, path.lastIndexOf('/'))));
    }

    private static Name name(MatchResult line) throws FileError {
        return name(line.group(1));
    }

    private static Name name(String path) throws FileError {
        return Name.of(path.substring(path.lastIndexOf('/') + 1));
    }

    private static int mode(MatchResult line) {
        return line.group(2) == null ? 0755 : Integer.parseInt(line.group(2), 8);
    }

    private static AttrChange.Time at(long seconds, int nanos) {
        return new AttrChange.Time.At(new Timestamp(seconds, nanos));
    }

    private void create(MatchResult line, int mode) throws FileError {
        openFile(tree.makeNode(Caller.ROOT, parent(line), name(line), FileType.FILE, mode, 0)
                .inode());
    }

    private void openFile(long inode) throws FileError {
        tree.open(inode);
        open.addLast(inode);
        offset = 0;
    }

    /** Makes what was written a slice in each chunk that it touches. */
    private void flush() throws FileError {
        long inode = open.getLast();
        int left = unflushed.getOrDefault(inode, 0);
        unflushed.remove(inode);
        while (left > 0) {
            int position = (int) (offset % FileTree.CHUNK_BYTES);
            int length = Math.min(left, FileTree.CHUNK_BYTES - position);
            tree.append(
                    inode,
                    (int) (offset / FileTree.CHUNK_BYTES),
                    new SliceRecord(position, newSliceId(), length, 0, length),
                    new Timestamp(0, 0));
            offset += length;
            left -= length;
        }
    }

    private long newSliceId() throws FileError {
        long id = tree.newSliceId();
        return id == unusedSlice ? tree.newSliceId() : id;
    }

    private void rename(String from, String to, RenameMode mode) throws FileError {
        tree.rename(Caller.ROOT, parent(from), name(from), parent(to), name(to), mode);
    }

    private void symlink(String target, String path) throws FileError {
        tree.makeSymlink(Caller.ROOT, parent(path), name(path), target.getBytes(StandardCharsets.UTF_8));
    }

    private void setAttribute(String name, int bytes, AttributeMode mode) throws FileError {
        tree.setExtendedAttribute(inode(ATTRIBUTED), Name.of(name), Arrays.copyOf(ATTRIBUTE, bytes), mode);
    }

    private void change(AttrChange change) throws FileError {
        tree.change(Caller.ROOT, inode(ATTRIBUTED), change);
    }

    /** What the Java SDK does: gathers all in a file beside, appends that, and removes the sources. */
    private void concat() throws FileError {
        long merging = tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(".c1.merging"), FileType.FILE, 0644, 0)
                .inode();
        volume.copyRange(inode("/c2"), 0, merging, 0, 4000);
        volume.copyRange(inode("/c3"), 0, merging, 4000, 5000);
        volume.copyRange(merging, 0, inode("/c1"), 3000, 9000);
        for (String name : List.of("c2", "c3", ".c1.merging")) {
            tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of(name));
        }
    }

    private void removeAll(String path) throws FileError {
        for (Dentry child : tree.list(inode(path), null, 100, false)) {
            if (child.type() == FileType.DIRECTORY) {
                removeAll(path + "/" + child.name());
            } else {
                tree.unlink(Caller.ROOT, inode(path), child.name());
            }
        }
        tree.removeDirectory(Caller.ROOT, parent(path), name(path));
    }

    private void makeMany() throws FileError {
        for (int i = 0; i < 50; i++) {
            tree.makeNode(Caller.ROOT, inode("/many"), Name.of("f" + i), FileType.FILE, 0644, 0);
        }
    }

    /** JuiceFS 1.0.2's SDK checks no length, so that one of 256 bytes is in the fixture; our names never are. */
    private void makeLongName(int bytes) throws FileError {
        Name name = Name.stored("n".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
        tree.makeDirectory(Caller.ROOT, FileTree.ROOT, name, 0755);
    }
}
