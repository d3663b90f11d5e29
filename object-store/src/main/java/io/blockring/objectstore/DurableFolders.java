package io.blockring.objectstore;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes the folders below a root such that a power failure does not take them away again. */
final class DurableFolders {
    private static final int MAX_REMEMBERED = 10_000;

    private final Path root;
    /** Folders that are entries of a synced folder, all the way up. */
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    DurableFolders(Path root) {
        this.root = root;
    }

    void make(Path folder) throws IOException {
        if (folder.equals(root) || durable.contains(folder)) {
            return;
        }
        make(parentOf(folder));
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        sync(parentOf(folder));
        if (durable.size() >= MAX_REMEMBERED) {
            durable.clear();
        }
        durable.add(folder);
    }

    /** Someone else took it away. */
    void forget(Path folder) {
        for (Path lost = folder; !lost.equals(root); lost = parentOf(lost)) {
            durable.remove(lost);
        }
    }

    /** Makes the names in a folder durable; nothing is to be done for one that has gone. */
    static void sync(Path folder) throws IOException {
        try (var names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        } catch (NoSuchFileException e) {
            if (!Files.notExists(folder)) {
                throw e;
            }
        }
    }

    private static Path parentOf(Path folder) {
        return requireNonNull(folder.getParent(), "a folder below the root");
    }
}
