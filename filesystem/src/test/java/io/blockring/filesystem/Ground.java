package io.blockring.filesystem;

import io.blockring.meta.FileTree;

/** Where a tree lives between one file system over it and the next. */
interface Ground extends AutoCloseable {
    /** Begins a session; the one before has ended. */
    FileTree open(SliceBlocks blocks);

    /** Ends the session, if the file system did not; the tree stays. */
    @Override
    void close();

    /** A tree on the heap. */
    final class Memory implements Ground {
        private final MemoryTree tree = new MemoryTree();

        @Override
        public FileTree open(SliceBlocks blocks) {
            return tree;
        }

        @Override
        public void close() {
            tree.close();
        }
    }
}
