package io.blockring.bench;

import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The phases of {@code metadata_loop.c} by calls of the library, each client a thread with a directory of its own. */
final class MetadataOperations {
    private static final int PAGE = 1000;
    private static final int MODE = 0644;

    private MetadataOperations() {}

    /** Operations per second of each phase, over all clients. */
    static Map<String, Double> run(String meta, int clients, int files) throws IOException {
        try (Volume volume = Volume.open(URI.create(meta), MountOptions.PLAIN)) {
            VolumeTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
            long[] directories = new long[clients];
            for (int client = 0; client < clients; client++) {
                directories[client] = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("p" + client), 0755)
                        .inode();
            }
            var rates = new LinkedHashMap<String, Double>();
            int all = clients * files;
            rates.put("create", all / Crew.seconds(clients, client -> create(tree, directories[client], files)));
            rates.put("stat", all / Crew.seconds(clients, client -> stat(tree, directories[client], files)));
            rates.put("readdir", all / Crew.seconds(clients, client -> list(tree, directories[client], files)));
            rates.put("rename", all / Crew.seconds(clients, client -> rename(tree, directories[client], files)));
            rates.put("unlink", all / Crew.seconds(clients, client -> unlink(tree, directories[client], files)));
            for (int client = 0; client < clients; client++) {
                tree.removeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("p" + client));
            }
            return rates;
        } catch (VolumeException | FileError e) {
            throw new IOException("the library failed: " + e.getMessage(), e);
        }
    }

    private static Name file(int i) throws FileError {
        return Name.of("file." + i);
    }

    private static Name renamed(int i) throws FileError {
        return Name.of("renamed." + i);
    }

    private static void create(FileTree tree, long directory, int files) throws FileError {
        for (int i = 0; i < files; i++) {
            tree.makeNode(Caller.ROOT, directory, file(i), FileType.FILE, MODE, 0);
        }
    }

    private static void stat(FileTree tree, long directory, int files) throws FileError {
        for (int i = 0; i < files; i++) {
            tree.lookup(directory, file(i));
        }
    }

    private static void list(FileTree tree, long directory, int files) throws FileError {
        int found = 0;
        Name after = null;
        List<Dentry> page;
        do {
            page = tree.list(directory, after, PAGE, true);
            found += page.size();
            after = page.isEmpty() ? null : page.getLast().name();
        } while (page.size() == PAGE);
        if (found != files) {
            throw new FileError(FileError.Kind.IO, "%d of %d files are listed".formatted(found, files));
        }
    }

    private static void rename(FileTree tree, long directory, int files) throws FileError {
        for (int i = 0; i < files; i++) {
            tree.rename(Caller.ROOT, directory, file(i), directory, renamed(i), RenameMode.REPLACE);
        }
    }

    private static void unlink(FileTree tree, long directory, int files) throws FileError {
        for (int i = 0; i < files; i++) {
            tree.unlink(Caller.ROOT, directory, renamed(i));
        }
    }
}
