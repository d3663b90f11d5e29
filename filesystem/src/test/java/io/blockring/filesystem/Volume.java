package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A file system over trees and stores in memory, with the words that tests use. */
final class Volume implements AutoCloseable {
    static final FileSystem.OpenMode READ = new FileSystem.OpenMode(true, false, false, false);
    static final FileSystem.OpenMode READ_WRITE = new FileSystem.OpenMode(true, true, false, false);
    static final FileSystem.OpenMode APPEND = new FileSystem.OpenMode(true, true, true, false);
    static final FileSystem.OpenMode TRUNCATE = new FileSystem.OpenMode(true, true, false, true);
    static final int BLOCK = MemoryTree.BLOCK_BYTES;
    static final FileSystemLimits LIMITS = new FileSystemLimits(32L * BLOCK, 32L * BLOCK, 4, 8, Duration.ofSeconds(30));
    static final VolumeLayout LAYOUT = new VolumeLayout("vol", false);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final FileTree tree;
    final TroubledStore store;
    final VolumeFileSystem files;

    Volume(FileTree tree, TroubledStore store, FileSystemLimits limits, Clocks clocks) {
        this.tree = tree;
        this.store = store;
        this.files = new VolumeFileSystem(tree, new BlockCache(store, LAYOUT), limits, clocks);
    }

    static Volume of(FileTree tree, TroubledStore store) {
        return new Volume(tree, store, LIMITS, Clocks.SYSTEM);
    }

    static Volume of(Ground ground, TroubledStore store) {
        return of(ground.open(blocks(store)), store);
    }

    static SliceBlocks blocks(TroubledStore store) {
        return new SliceBlocks(new BlockCache(store, LAYOUT), BLOCK);
    }

    static Volume create() {
        return of(new MemoryTree(), new TroubledStore());
    }

    static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FileError e) {
            throw new AssertionError(e);
        }
    }

    static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    FileSystem.Created create(String name) throws FileError {
        return create(name, READ_WRITE);
    }

    FileSystem.Created create(String name, FileSystem.OpenMode mode) throws FileError {
        return files.create(Caller.ROOT, FileTree.ROOT, name(name), 0644, mode);
    }

    FileSystem.Opened open(String name, FileSystem.OpenMode mode) throws FileError {
        return files.open(Caller.ROOT, inode(name), mode);
    }

    long inode(String name) throws FileError {
        return files.lookup(Caller.ROOT, FileTree.ROOT, name(name)).inode();
    }

    /** Makes a file of these bytes, durable. */
    long file(String name, byte[] bytes) throws FileError {
        FileSystem.Created created = create(name);
        write(created.handle(), 0, bytes);
        files.flush(created.handle());
        files.release(created.handle());
        return created.entry().inode();
    }

    void write(long handle, long offset, byte[] bytes) throws FileError {
        assertThat(files.write(handle, offset, MemorySegment.ofArray(bytes))).isEqualTo(bytes.length);
    }

    byte[] read(long handle, long offset, int count) throws FileError {
        MemorySegment into = MemorySegment.ofArray(new byte[count]);
        int read = files.read(handle, offset, into);
        return into.asSlice(0, read).toArray(ValueLayout.JAVA_BYTE);
    }

    byte[] contentOf(String name) throws FileError {
        FileSystem.Opened opened = open(name, READ);
        try {
            return read(opened.handle(), 0, (int) opened.attr().length());
        } finally {
            files.release(opened.handle());
        }
    }

    /** All records of the files in the root directory. */
    List<SliceRecord> records() throws FileError {
        List<SliceRecord> all = new ArrayList<>();
        for (Dentry entry : tree.list(FileTree.ROOT, null, 1000, false)) {
            long length = tree.attributes(entry.inode()).length();
            for (int chunk = 0; chunk <= length / FileTree.CHUNK_BYTES + 8; chunk++) {
                all.addAll(tree.slices(entry.inode(), chunk));
            }
        }
        return all;
    }

    /** The keys of all blocks of the records. */
    static Set<String> keysOf(List<SliceRecord> records) {
        Set<String> keys = new TreeSet<>();
        for (SliceRecord record : records) {
            for (int index = 0; !record.isZeros() && index * BLOCK < record.size(); index++) {
                keys.add(LAYOUT.blockKey(record.sliceId(), index, Math.min(BLOCK, record.size() - index * BLOCK)));
            }
        }
        return keys;
    }

    /** The keys of all blocks in the store. */
    static Set<String> keysIn(TroubledStore store) {
        Set<String> keys = new TreeSet<>();
        try {
            String after = null;
            List<ObjectStore.ObjectInfo> page;
            do {
                page = store.list(LAYOUT.blockPrefix(), after, ObjectStore.MAX_PAGE);
                for (ObjectStore.ObjectInfo object : page) {
                    keys.add(object.key());
                    after = object.key();
                }
            } while (!page.isEmpty());
            return keys;
        } catch (ObjectStoreException e) {
            throw new AssertionError(e);
        }
    }

    /** Each record has all its blocks in the store, each with its exact size. */
    static void checkBlocks(List<SliceRecord> records, TroubledStore store) throws ObjectStoreException {
        for (SliceRecord record : records) {
            for (int index = 0; !record.isZeros() && index * BLOCK < record.size(); index++) {
                int size = Math.min(BLOCK, record.size() - index * BLOCK);
                var object = store.head(LAYOUT.blockKey(record.sliceId(), index, size));
                assertThat(object).as("block %d of %s", index, record).isPresent();
                assertThat(object.orElseThrow().bytes()).isEqualTo(size);
            }
        }
    }

    /** Waits for something that other threads do. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline)
                    .as("nanoseconds too late: %s", what)
                    .isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        files.close();
    }
}
