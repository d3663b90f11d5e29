package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Does random operations on a tree and on the model, and compares every outcome. */
final class ModelRun {
    private static final Timestamp MTIME = new Timestamp(1_700_000_000, 0);
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "é");
    private static final List<RenameMode> RENAME_MODES = List.of(RenameMode.values());
    private static final List<AttributeMode> ATTRIBUTE_MODES = List.of(AttributeMode.values());
    /** Entries of a tree that is cloned; larger ones would double again and again. */
    private static final int MAX_CLONED = 10;

    private static final int MAX_CELLS = 3 * SliceStore.CELLS_IN_CHUNK;

    @FunctionalInterface
    private interface Operation {
        void run() throws FileError;
    }

    final ModelTree model;
    private final long root;
    private final FileTree tree;
    private final VolumeTree volume;
    private final SliceStore store;
    private final Random random;
    private final boolean withTrash;
    private final List<Long> known;
    private final List<Long> open = new ArrayList<>();

    ModelRun(VolumeTree tree, SliceStore store, Random random, boolean withTrash) {
        this(tree, tree, FileTree.ROOT, store, random, withTrash);
    }

    /** Works below one directory, which others leave alone. */
    ModelRun(VolumeTree tree, long root, SliceStore store, Random random, boolean withTrash) {
        this(tree, tree, root, store, random, withTrash);
    }

    /** Asks and changes {@code tree}, which stands for {@code volume}. */
    ModelRun(FileTree tree, VolumeTree volume, SliceStore store, Random random, boolean withTrash) {
        this(tree, volume, FileTree.ROOT, store, random, withTrash);
    }

    private ModelRun(FileTree tree, VolumeTree volume, long root, SliceStore store, Random random, boolean withTrash) {
        this.root = root;
        this.model = new ModelTree(root);
        this.known = new ArrayList<>(List.of(root));
        this.tree = tree;
        this.volume = volume;
        this.store = store;
        this.random = random;
        this.withTrash = withTrash;
    }

    void step() throws FileError, IOException {
        switch (random.nextInt(17)) {
            case 0, 1 -> make(FileType.DIRECTORY);
            case 2, 3 -> make(FileType.FILE);
            case 4 -> make(random.nextBoolean() ? FileType.SYMLINK : FileType.FIFO);
            case 5, 6 -> unlink();
            case 7 -> removeDirectory();
            case 8, 9 -> rename();
            case 10 -> link();
            case 11, 12 -> append();
            case 13 -> truncateCopyOrZero();
            case 14 -> setAttribute();
            case 15 -> cloneTree();
            default -> openCloseOrCompact();
        }
    }

    private void make(FileType type) throws FileError {
        long parent = someInode();
        String name = someName();
        Kind expected = model.canMake(parent, name);
        int mode = type == FileType.SYMLINK ? 0644 : random.nextInt(01000);
        byte[] target = ("to-" + name).getBytes(StandardCharsets.UTF_8);
        Name real = Name.of(name);
        try {
            Entry made = switch (type) {
                case DIRECTORY -> tree.makeDirectory(Caller.ROOT, parent, real, mode);
                case SYMLINK -> tree.makeSymlink(Caller.ROOT, parent, real, target);
                default -> tree.makeNode(Caller.ROOT, parent, real, type, mode, 0);
            };
            assertThat(expected).as("making %s in %d", name, parent).isNull();
            model.make(parent, name, made.inode(), type, mode).target = new String(target, StandardCharsets.UTF_8);
            known.add(made.inode());
        } catch (FileError e) {
            assertThat(e.kind())
                    .as("making %s in %d: %s", name, parent, e.getMessage())
                    .isEqualTo(expected);
        }
    }

    private void unlink() throws FileError {
        long parent = someInode();
        String name = someName();
        Name real = Name.of(name);
        same("unlink", model.unlink(parent, name), () -> tree.unlink(Caller.ROOT, parent, real));
    }

    private void removeDirectory() throws FileError {
        long parent = someInode();
        String name = someName();
        Name real = Name.of(name);
        same("rmdir", model.removeDirectory(parent, name), () -> tree.removeDirectory(Caller.ROOT, parent, real));
    }

    private void rename() throws FileError {
        long parent = someInode();
        long newParent = random.nextInt(3) == 0 ? parent : someInode();
        String name = someName();
        String newName = someName();
        Name real = Name.of(name);
        Name newReal = Name.of(newName);
        RenameMode mode = RENAME_MODES.get(random.nextInt(3));
        same(
                "rename " + mode,
                model.rename(parent, name, newParent, newName, mode),
                () -> tree.rename(Caller.ROOT, parent, real, newParent, newReal, mode));
    }

    private void link() throws FileError {
        long inode = someInode();
        if (isBeyondModel(inode)) {
            return;
        }
        long parent = someInode();
        String name = someName();
        Name real = Name.of(name);
        same("link", model.link(inode, parent, name), () -> tree.link(Caller.ROOT, inode, parent, real));
    }

    private void append() throws FileError {
        long inode = someInode();
        if (isBeyondModel(inode)) {
            return;
        }
        int cell = random.nextInt(MAX_CELLS);
        int position = cell % SliceStore.CELLS_IN_CHUNK;
        int cells = 1 + random.nextInt(Math.min(4, SliceStore.CELLS_IN_CHUNK - position));
        long id = tree.newSliceId();
        long[] data = store.put(id, cells);
        int bytes = cells * SliceStore.CELL_BYTES;
        var slice = new SliceRecord(position * SliceStore.CELL_BYTES, id, bytes, 0, bytes);
        Kind expected = model.isFile(inode);
        same("append", expected, () -> tree.append(inode, cell / SliceStore.CELLS_IN_CHUNK, slice, MTIME));
        if (expected == null) {
            model.write(inode, cell, data);
        } else {
            deleteUnused(id, bytes);
        }
    }

    private void deleteUnused(long id, int bytes) {
        try {
            store.delete(id, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void truncateCopyOrZero() throws FileError {
        long inode = someInode();
        long source = someInode();
        if (isBeyondModel(inode) || isBeyondModel(source)) {
            return;
        }
        Kind expected = model.isFile(inode);
        int cells = random.nextInt(MAX_CELLS);
        if (random.nextInt(3) == 0) {
            zero(inode, cells, expected);
            return;
        }
        if (random.nextBoolean() || expected != null || model.isFile(source) != null || source == inode) {
            same("truncate", expected, () -> tree.truncate(Caller.ROOT, inode, (long) cells * SliceStore.CELL_BYTES));
            if (expected == null) {
                model.truncate(inode, cells);
            }
            return;
        }
        copy(source, inode, cells);
    }

    private void copy(long source, long target, int at) throws FileError {
        long[] data = model.node(source).data;
        int from = random.nextInt(data.length + 1);
        int count = random.nextInt(MAX_CELLS - at);
        FileTree.Copied copied = tree.copyRange(
                source,
                (long) from * SliceStore.CELL_BYTES,
                target,
                (long) at * SliceStore.CELL_BYTES,
                (long) count * SliceStore.CELL_BYTES);
        int cells = Math.min(count, data.length - from);
        assertThat(copied.bytes()).isEqualTo((long) cells * SliceStore.CELL_BYTES);
        assertThat(copied.target().length())
                .isEqualTo(Math.max(model.node(target).data.length, cells > 0 ? at + cells : 0)
                        * (long) SliceStore.CELL_BYTES);
        if (cells > 0) {
            model.write(target, at, Arrays.copyOfRange(data, from, from + cells));
        }
    }

    private void zero(long inode, int from, @Nullable Kind expected) {
        int count = 1 + random.nextInt(MAX_CELLS - from);
        boolean keepSize = random.nextBoolean();
        same(
                "zeros",
                expected,
                () -> tree.zeroRange(
                        inode, (long) from * SliceStore.CELL_BYTES, (long) count * SliceStore.CELL_BYTES, keepSize));
        if (expected == null) {
            int length = model.node(inode).data.length;
            int end = keepSize ? Math.min(length, from + count) : from + count;
            if (end > from) {
                model.write(inode, from, new long[end - from]);
            }
        }
    }

    private void cloneTree() throws FileError {
        long source = someInode();
        ModelTree.Node node = model.inodes.get(source);
        if (isBeyondModel(source) || (node != null && (node.nlink == 0 || node.size() > MAX_CLONED))) {
            return;
        }
        long parent = someInode();
        String name = someName();
        Kind expected = node == null ? Kind.NOT_FOUND : model.canMake(parent, name);
        Name real = Name.of(name);
        ModelTree.Node copy = node == null ? null : node.copy();
        same(
                "clone",
                expected,
                () -> volume.jobs()
                        .clone(Caller.ROOT, source, parent, real, new CloneOptions(true, 0, 2), JobWatch.NONE));
        if (expected == null && copy != null) {
            cloned(parent, name, copy);
        }
    }

    /** Learns the inodes that a copy has. */
    private void cloned(long parent, String name, ModelTree.Node copy) throws FileError {
        Entry entry = tree.lookup(parent, Name.of(name));
        ModelTree.Node made = model.make(parent, name, entry.inode(), copy.type, copy.mode);
        made.data = copy.data;
        made.target = copy.target;
        made.xattrs.putAll(copy.xattrs);
        known.add(entry.inode());
        for (Map.Entry<String, ModelTree.Node> child : copy.children.entrySet()) {
            cloned(entry.inode(), child.getKey(), child.getValue());
        }
    }

    private void setAttribute() throws FileError {
        long inode = someInode();
        if (isBeyondModel(inode) || !model.inodes.containsKey(inode)) {
            return;
        }
        ModelTree.Node node = model.node(inode);
        if (node.nlink == 0) {
            return; // extended attributes go with the last name, as JuiceFS has it
        }
        String name = "user." + someName();
        Name real = Name.of(name);
        boolean there = node.xattrs.containsKey(name);
        if (random.nextInt(3) == 0) {
            same(
                    "remove attribute",
                    there ? null : Kind.NO_SUCH_ATTRIBUTE,
                    () -> tree.removeExtendedAttribute(inode, real));
            node.xattrs.remove(name);
            return;
        }
        AttributeMode mode = ATTRIBUTE_MODES.get(random.nextInt(3));
        String value = "v" + random.nextInt(100);
        Kind expected = there && mode == AttributeMode.CREATE
                ? Kind.EXISTS
                : !there && mode == AttributeMode.REPLACE ? Kind.NO_SUCH_ATTRIBUTE : null;
        same(
                "set attribute",
                expected,
                () -> tree.setExtendedAttribute(inode, real, value.getBytes(StandardCharsets.US_ASCII), mode));
        if (expected == null) {
            node.xattrs.put(name, value);
        }
    }

    private void openCloseOrCompact() throws FileError {
        long inode = someInode();
        if (isBeyondModel(inode) || model.isFile(inode) != null) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> {
                tree.open(inode);
                model.node(inode).handles++;
                open.add(inode);
            }
            case 1 -> closeOne();
            default -> volume.compact(inode, random.nextInt(3));
        }
    }

    private void closeOne() throws FileError {
        if (!open.isEmpty()) {
            long inode = open.remove(random.nextInt(open.size()));
            tree.close(inode);
            model.close(inode);
        }
    }

    void closeAll() throws FileError {
        while (!open.isEmpty()) {
            closeOne();
        }
    }

    /** With a trash, files and folders without a visible name live on where the model does not see them. */
    private boolean isBeyondModel(long inode) {
        ModelTree.Node node = model.inodes.get(inode);
        return withTrash && (node == null || node.nlink == 0);
    }

    private long someInode() {
        long inode = known.get(random.nextInt(4) == 0 ? 0 : random.nextInt(known.size()));
        return withTrash && !model.inodes.containsKey(inode) ? root : inode;
    }

    private String someName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private static void same(String what, @Nullable Kind expected, Operation operation) {
        try {
            operation.run();
            assertThat(expected).as(what + " succeeded").isNull();
        } catch (FileError e) {
            assertThat(e.kind()).as(what + ": " + e.getMessage()).isEqualTo(expected);
        }
    }

    /** Compares all that can be seen. */
    void compare() throws FileError, IOException {
        compare(root, model.root, "");
        for (long inode : open) {
            compareFile(inode, model.node(inode), "open inode " + inode);
        }
    }

    private void compare(long inode, ModelTree.Node node, String path) throws FileError, IOException {
        List<Dentry> children = new ArrayList<>();
        Name after = null;
        List<Dentry> some;
        do {
            some = tree.list(inode, after, 2, random.nextBoolean());
            children.addAll(some);
            after = some.isEmpty() ? null : some.getLast().name();
        } while (some.size() == 2);
        assertThat(children.stream().map(child -> child.name().toString()))
                .as("entries of " + path)
                .containsExactlyElementsOf(node.children.keySet());
        for (Dentry child : children) {
            ModelTree.Node expected = node.children.get(child.name().toString());
            String name = path + "/" + child.name();
            assertThat(model.inodes.get(child.inode())).as(name).isSameAs(expected);
            Entry entry = tree.lookup(inode, child.name());
            assertThat(entry.inode()).isEqualTo(child.inode());
            compareFile(child.inode(), model.node(child.inode()), name);
            if (child.type() == FileType.DIRECTORY) {
                compare(child.inode(), model.node(child.inode()), name);
            }
        }
    }

    private void compareFile(long inode, ModelTree.Node node, String path) throws FileError, IOException {
        Attr attr = tree.attributes(inode);
        assertThat(attr.type()).as(path).isEqualTo(node.type);
        assertThat(attr.mode()).as(path).isEqualTo(node.mode);
        if (node.isDirectory()) {
            assertThat(attr.nlink()).as(path).isEqualTo(2 + (int) node.folders());
        } else if (!withTrash) {
            assertThat(attr.nlink()).as(path).isEqualTo(node.nlink);
        }
        if (node.type == FileType.FILE) {
            assertThat(attr.length()).as(path).isEqualTo((long) node.data.length * SliceStore.CELL_BYTES);
            assertThat(store.read(tree, inode, node.data.length)).as(path).isEqualTo(node.data);
        }
        if (node.type == FileType.SYMLINK) {
            assertThat(new String(tree.readSymlink(inode), StandardCharsets.UTF_8))
                    .isEqualTo(node.target);
        }
        if (node.nlink > 0) {
            compareAttributes(inode, node.xattrs);
        }
    }

    private void compareAttributes(long inode, Map<String, String> expected) throws FileError {
        List<Name> names = tree.extendedAttributes(inode);
        assertThat(names.stream().map(Name::toString)).containsExactlyInAnyOrderElementsOf(expected.keySet());
        for (Name name : names) {
            assertThat(new String(tree.extendedAttribute(inode, name), StandardCharsets.US_ASCII))
                    .isEqualTo(expected.get(name.toString()));
        }
    }
}
