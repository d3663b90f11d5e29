package io.blockring.meta.volume;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.tree.VolumeTree;
import java.net.URI;
import java.nio.file.Path;

/** A process that changes a volume until it is killed, and prints what it was told is committed. */
final class BusyProcess {
    static final String SOCKET = "/run/busy.sock";
    private static final int THREADS = 3;
    private static final int KEPT = 5;

    private BusyProcess() {}

    /** Takes the URL of the volume. */
    public static void main(String[] args) throws Exception {
        Volume volume = Volume.open(URI.create(args[0]), new MountOptions(false, "/mnt", Path.of(SOCKET), true));
        VolumeTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
        for (int i = 0; i < THREADS; i++) {
            long folder = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("t" + i), 0755)
                    .inode();
            Thread.ofPlatform().start(() -> work(tree, folder));
        }
    }

    private static void work(VolumeTree tree, long folder) {
        try {
            for (int i = 0; ; i++) {
                long inode = tree.makeNode(Caller.ROOT, folder, Name.of("new"), FileType.FILE, 0644, 0)
                        .inode();
                long slice = tree.newSliceId();
                tree.append(inode, 0, new SliceRecord(0, slice, 100, 0, 100), new Timestamp(1, 0));
                Name name = Name.of("f" + i);
                tree.rename(Caller.ROOT, folder, Name.of("new"), folder, name, RenameMode.REPLACE);
                System.out.println(folder + " " + i + " " + inode + " " + slice);
                if (i >= KEPT) {
                    tree.unlink(Caller.ROOT, folder, Name.of("f" + (i - KEPT)));
                }
            }
        } catch (FileError e) {
            throw new IllegalStateException(e);
        }
    }
}
