package io.blockring.mount;

import io.blockring.meta.ChunkView;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.mount.jobs.VolumePath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From paths to the blocks that hold their data, by the metadata alone. */
final class FileBlocks {
    /** How many entries of a directory are listed at once. */
    private static final int PAGE = 1000;

    /** A directory inside this many others ends a walk: a tree that deep is a loop or an attack. */
    private static final int MAX_DEPTH = 4096;

    /** A block of a slice. */
    record Block(long sliceId, int index, int plainBytes) {}

    /** A piece of a file that one block holds, or zeros where there is no block. */
    record Extent(long offset, long length, @Nullable Block block, int offsetInBlock) {}

    /** Receives the files of a walk, in byte order. */
    interface FileSink {
        /** Takes one file by its path from the root of the volume; false ends the walk. */
        boolean accept(byte[] path, long length, List<Block> blocks);
    }

    private final FileTree tree;
    private final int blockBytes;

    FileBlocks(FileTree tree) {
        this.tree = tree;
        blockBytes = tree.format().blockBytes();
    }

    /** The inode at {@code path}, which starts at the root of the volume. */
    Entry find(byte[] path) throws FileError {
        return VolumePath.find(tree, path);
    }

    /** The extents of a file from its start to its end. */
    List<Extent> extents(Entry file) throws FileError {
        List<Extent> extents = new ArrayList<>();
        long length = file.attr().length();
        for (long start = 0; start < length; start += FileTree.CHUNK_BYTES) {
            int chunkBytes = (int) Math.min(FileTree.CHUNK_BYTES, length - start);
            ChunkView view = ChunkView.of(tree.slices(file.inode(), (int) (start / FileTree.CHUNK_BYTES)));
            for (ChunkView.Window window : view.between(0, chunkBytes)) {
                addExtents(extents, start + window.position(), window);
            }
        }
        return extents;
    }

    private void addExtents(List<Extent> extents, long fileOffset, ChunkView.Window window) {
        if (window.isZeros()) {
            extents.add(new Extent(fileOffset, window.length(), null, 0));
            return;
        }
        int end = window.offset() + window.length();
        for (int at = window.offset(); at < end; ) {
            int index = at / blockBytes;
            int inBlock = at - index * blockBytes;
            int length = Math.min(blockBytes - inBlock, end - at);
            int plainBytes = Math.min(blockBytes, window.size() - index * blockBytes);
            var block = new Block(window.sliceId(), index, plainBytes);
            extents.add(new Extent(fileOffset + at - window.offset(), length, block, inBlock));
            at += length;
        }
    }

    /** Gives {@code sink} the file at {@code path}, or all files below the directory there. */
    void walk(byte[] path, FileSink sink) throws FileError {
        Entry start = find(path);
        if (start.attr().type() == FileType.FILE) {
            give(sink, path, start);
        } else if (start.attr().type() == FileType.DIRECTORY) {
            walkDirectory(path, start.inode(), sink);
        }
    }

    /** A directory on the way down, and the name behind which its listing goes on. */
    private static final class Level {
        final byte[] path;
        final long inode;

        @Nullable
        Name after;

        Deque<io.blockring.meta.Dentry> page = new ArrayDeque<>();
        boolean last;

        Level(byte[] path, long inode) {
            this.path = path;
            this.inode = inode;
        }
    }

    private void walkDirectory(byte[] path, long inode, FileSink sink) throws FileError {
        Deque<Level> levels = new ArrayDeque<>();
        levels.push(new Level(path, inode));
        while (!levels.isEmpty()) {
            Level level = levels.peek();
            if (level.page.isEmpty() && !level.last) {
                nextPage(level);
            }
            if (level.page.isEmpty()) {
                levels.pop();
                continue;
            }
            var dentry = level.page.pop();
            byte[] childPath = join(level.path, dentry.name());
            if (dentry.type() == FileType.DIRECTORY) {
                if (levels.size() == MAX_DEPTH) {
                    throw new FileError(FileError.Kind.INVALID, "directories nested more than " + MAX_DEPTH + " deep");
                }
                levels.push(new Level(childPath, dentry.inode()));
            } else if (dentry.type() == FileType.FILE && dentry.attr() != null) {
                if (!give(sink, childPath, new Entry(dentry.inode(), dentry.attr()))) {
                    return;
                }
            }
        }
    }

    private void nextPage(Level level) throws FileError {
        var page = tree.list(level.inode, level.after, PAGE, true);
        level.page.addAll(page);
        level.last = page.size() < PAGE;
        if (!page.isEmpty()) {
            level.after = page.getLast().name();
        }
    }

    private boolean give(FileSink sink, byte[] path, Entry file) throws FileError {
        List<Block> blocks = extents(file).stream()
                .map(Extent::block)
                .filter(block -> block != null)
                .distinct()
                .toList();
        return sink.accept(path, file.attr().length(), blocks);
    }

    private static byte[] join(byte[] path, Name name) {
        byte[] child = name.toBytes();
        byte[] joined = Arrays.copyOf(path, path.length + 1 + child.length);
        joined[path.length] = '/';
        System.arraycopy(child, 0, joined, path.length + 1, child.length);
        return joined;
    }
}
