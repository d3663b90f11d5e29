package io.blockring.meta.volume;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.tree.VolumeTree;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process that changes a volume until it is killed, and prints what it was told is committed. */
final class BusyProcess {
    static final String SOCKET = "/run/busy.sock";

    /** Bytes of the files that it speaks of. */
    static final int FILE_BYTES = 100;

    private static final int THREADS = 3;
    private static final int KEPT = 5;
    private static final Timestamp MTIME = new Timestamp(1, 0);

    private BusyProcess() {}

    /** Takes the URL of the volume, and a name for what it makes there. */
    public static void main(String[] args) throws Exception {
        // Whoever forgets a volume lets go of its lock, when the garbage collector runs.
        try (Volume volume = Volume.open(URI.create(args[0]), new MountOptions(false, "/mnt", Path.of(SOCKET), true))) {
            start(volume.mount((_, _) -> {}, (_, _) -> {}), args[1]);
            new CountDownLatch(1).await();
        }
    }

    /** Begins the work, of some threads with a directory each. */
    static void start(VolumeTree tree, String name) throws FileError {
        for (int i = 0; i < THREADS; i++) {
            long folder = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of(name + i), 0755)
                    .inode();
            Thread.ofPlatform().start(() -> work(tree, folder));
        }
    }

    private static void work(VolumeTree tree, long folder) {
        try {
            for (int i = 0; ; i++) {
                long inode = make(tree, folder, "new");
                long slice = write(tree, inode);
                tree.rename(Caller.ROOT, folder, Name.of("new"), folder, Name.of("f" + i), RenameMode.REPLACE);
                System.out.println(folder + " " + i + " " + inode + " " + slice);
                change(tree, folder, inode, i);
                if (i >= KEPT) {
                    tree.unlink(Caller.ROOT, folder, Name.of("f" + (i - KEPT)));
                }
            }
        } catch (FileError e) {
            throw new IllegalStateException(e);
        }
    }

    private static long make(VolumeTree tree, long folder, String name) throws FileError {
        return tree.makeNode(Caller.ROOT, folder, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
    }

    private static long write(VolumeTree tree, long inode) throws FileError {
        long slice = tree.newSliceId();
        tree.append(inode, 0, new SliceRecord(0, slice, FILE_BYTES, 0, FILE_BYTES), MTIME);
        return slice;
    }

    /** Work beside the files that were spoken of, which stay as they are: each kind of record comes and goes. */
    private static void change(VolumeTree tree, long folder, long inode, int i) throws FileError {
        Name copy = Name.of("copy");
        long other = make(tree, folder, "copy");
        switch (i % 5) {
            case 0 -> tree.copyRange(inode, 0, other, 0, FILE_BYTES);
            case 1 -> tree.truncate(Caller.ROOT, other, 200L << 20);
            case 2 -> tree.setExtendedAttribute(other, Name.of("user.a"), new byte[] {1}, AttributeMode.CREATE);
            case 3 -> {
                write(tree, other);
                tree.link(Caller.ROOT, other, folder, Name.of("link"));
                tree.unlink(Caller.ROOT, folder, Name.of("link"));
            }
            default -> {
                write(tree, other);
                tree.open(other);
                tree.unlink(Caller.ROOT, folder, copy);
                tree.close(other);
                return;
            }
        }
        tree.unlink(Caller.ROOT, folder, copy);
    }
}
