package io.blockring.meta.tree;

import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileType;
import io.blockring.meta.RenameMode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A tree of files as maps: what POSIX says, without engines, transactions or counters. */
final class ModelTree {
    /** An inode. */
    static final class Node {
        final FileType type;
        final int mode;
        final Map<String, Node> children = new TreeMap<>();
        final Map<String, String> xattrs = new TreeMap<>();
        long[] data = new long[0];
        String target = "";
        int nlink;
        int handles;

        @Nullable
        Node parent;

        Node(FileType type, int mode) {
            this.type = type;
            this.mode = mode;
        }

        boolean isDirectory() {
            return type == FileType.DIRECTORY;
        }

        int size() {
            return 1 + children.values().stream().mapToInt(Node::size).sum();
        }

        /** The same with all below it, known by nobody. */
        Node copy() {
            var copy = new Node(type, mode);
            copy.data = data.clone();
            copy.target = target;
            copy.xattrs.putAll(xattrs);
            children.forEach((name, child) -> copy.children.put(name, child.copy()));
            return copy;
        }

        long folders() {
            return children.values().stream().filter(Node::isDirectory).count();
        }
    }

    final Node root = new Node(FileType.DIRECTORY, 0777);
    final Map<Long, Node> inodes = new HashMap<>();

    ModelTree(long rootInode) {
        root.nlink = 1;
        inodes.put(rootInode, root);
    }

    private @Nullable Node directory(long inode) {
        Node node = inodes.get(inode);
        return node != null && node.isDirectory() && node.nlink > 0 ? node : null;
    }

    /** Null when {@code inode} is a directory, else why it is none. */
    private @Nullable Kind objection(long inode) {
        Node node = inodes.get(inode);
        if (node == null) {
            return Kind.NOT_FOUND;
        }
        if (!node.isDirectory()) {
            return Kind.NOT_DIRECTORY;
        }
        return node.nlink == 0 ? Kind.NOT_FOUND : null;
    }

    private Node found(long inode) {
        return Objects.requireNonNull(directory(inode));
    }

    @Nullable
    Kind canMake(long parent, String name) {
        Kind objection = objection(parent);
        if (objection != null) {
            return objection;
        }
        return found(parent).children.containsKey(name) ? Kind.EXISTS : null;
    }

    Node make(long parent, String name, long inode, FileType type, int mode) {
        var node = new Node(type, mode);
        inodes.put(inode, node);
        enter(found(parent), name, node);
        return node;
    }

    private static void enter(Node directory, String name, Node node) {
        directory.children.put(name, node);
        node.nlink++;
        node.parent = node.isDirectory() ? directory : null;
    }

    private void leave(Node directory, String name) {
        Node node = Objects.requireNonNull(directory.children.remove(name));
        node.nlink--;
        forgetIfGone(node);
    }

    private void forgetIfGone(Node node) {
        if (node.nlink == 0 && node.handles == 0) {
            inodes.values().remove(node);
        }
    }

    @Nullable
    Kind unlink(long parent, String name) {
        Kind objection = objection(parent);
        if (objection != null) {
            return objection;
        }
        Node child = found(parent).children.get(name);
        if (child == null) {
            return Kind.NOT_FOUND;
        }
        if (child.isDirectory()) {
            return Kind.IS_DIRECTORY;
        }
        leave(found(parent), name);
        return null;
    }

    @Nullable
    Kind removeDirectory(long parent, String name) {
        Kind objection = objection(parent);
        if (objection != null) {
            return objection;
        }
        Node child = found(parent).children.get(name);
        if (child == null) {
            return Kind.NOT_FOUND;
        }
        if (!child.isDirectory()) {
            return Kind.NOT_DIRECTORY;
        }
        if (!child.children.isEmpty()) {
            return Kind.NOT_EMPTY;
        }
        leave(found(parent), name);
        return null;
    }

    @Nullable
    Kind rename(long parent, String name, long newParent, String newName, RenameMode mode) {
        Kind objection = objection(parent) != null ? objection(parent) : objection(newParent);
        if (objection != null) {
            return objection;
        }
        Node from = found(parent);
        Node to = found(newParent);
        Node child = from.children.get(name);
        Node target = to.children.get(newName);
        if (child == null) {
            return Kind.NOT_FOUND;
        }
        if (mode == RenameMode.NO_REPLACE && target != null) {
            return Kind.EXISTS;
        }
        if (mode == RenameMode.EXCHANGE && target == null) {
            return Kind.NOT_FOUND;
        }
        if (target == child) {
            return null;
        }
        if (isWithin(to, child) || (mode == RenameMode.EXCHANGE && target != null && isWithin(from, target))) {
            return Kind.INVALID;
        }
        if (target != null && mode == RenameMode.REPLACE) {
            Kind refusal = cannotReplace(child, target);
            if (refusal != null) {
                return refusal;
            }
            leave(to, newName);
        }
        from.children.remove(name);
        to.children.remove(newName);
        child.nlink--;
        enter(to, newName, child);
        if (mode == RenameMode.EXCHANGE && target != null) {
            target.nlink--;
            enter(from, name, target);
        }
        return null;
    }

    private static boolean isWithin(Node directory, Node above) {
        for (Node at = directory; at != null; at = at.parent) {
            if (at == above) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Kind cannotReplace(Node child, Node target) {
        if (child.isDirectory() != target.isDirectory()) {
            return child.isDirectory() ? Kind.NOT_DIRECTORY : Kind.IS_DIRECTORY;
        }
        return target.children.isEmpty() ? null : Kind.NOT_EMPTY;
    }

    @Nullable
    Kind link(long inode, long parent, String name) {
        Node node = inodes.get(inode);
        if (node == null || node.nlink == 0) {
            return Kind.NOT_FOUND;
        }
        if (node.isDirectory()) {
            return Kind.NOT_PERMITTED;
        }
        Kind objection = canMake(parent, name);
        if (objection == null) {
            enter(found(parent), name, node);
        }
        return objection;
    }

    /** Whether the inode holds data; a file without a name does as long as it is open. */
    @Nullable
    Kind isFile(long inode) {
        Node node = inodes.get(inode);
        if (node == null) {
            return Kind.NOT_FOUND;
        }
        if (node.isDirectory()) {
            return node.nlink == 0 ? Kind.NOT_FOUND : Kind.IS_DIRECTORY;
        }
        return node.type == FileType.FILE ? null : Kind.INVALID;
    }

    Node node(long inode) {
        return Objects.requireNonNull(inodes.get(inode));
    }

    void write(long inode, int cell, long[] data) {
        Node node = node(inode);
        if (node.data.length < cell + data.length) {
            node.data = Arrays.copyOf(node.data, cell + data.length);
        }
        System.arraycopy(data, 0, node.data, cell, data.length);
    }

    void truncate(long inode, int cells) {
        Node node = node(inode);
        node.data = Arrays.copyOf(node.data, cells);
    }

    void close(long inode) {
        Node node = node(inode);
        node.handles--;
        forgetIfGone(node);
    }
}
