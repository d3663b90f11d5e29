package io.blockring.objectstore;

import io.blockring.objectstore.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a directory's objects in the order of their keys' bytes; it holds one folder of each level in memory.
 *
 * <p>In that order a folder {@code a} stands where {@code a/} does: behind the file {@code a-b}, before {@code a0}.
 */
final class FolderWalk {
    /** A file's key, or a folder's with the {@code /} that its objects' keys go on with. */
    private record Entry(String key, Path path, ObjectFile file) {}

    private final String prefix;
    private final @Nullable String after;
    private final int limit;
    private final List<ObjectInfo> page = new ArrayList<>();

    FolderWalk(String prefix, @Nullable String after, int limit) {
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
    }

    List<ObjectInfo> page(Path root) throws IOException {
        visit(root, "");
        return List.copyOf(page);
    }

    private void visit(Path folder, String folderKey) throws IOException {
        for (Entry entry : entriesOf(folder, folderKey)) {
            if (page.size() == limit) {
                return;
            }
            if (entry.file.isFolder()) {
                visit(entry.path, entry.key);
            } else {
                page.add(new ObjectInfo(entry.key, entry.file.bytes(), entry.file.eTag(), entry.file.modified()));
            }
        }
    }

    private List<Entry> entriesOf(Path folder, String folderKey) throws IOException {
        var entries = new ArrayList<Entry>();
        try (var paths = Files.newDirectoryStream(folder)) {
            for (Path path : paths) {
                Entry entry = entryOf(path, folderKey);
                if (entry != null) {
                    entries.add(entry);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // taken away meanwhile
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        entries.sort(Comparator.comparing(Entry::key, ObjectKeys.BY_BYTES));
        return entries;
    }

    /** Asks the file system only about names that can matter. */
    private @Nullable Entry entryOf(Path path, String folderKey) throws IOException {
        String part = FileNames.keyPart(path.getFileName().toString());
        if (part == null) {
            return null;
        }
        String key = folderKey + part;
        if (!isWantedFile(key) && !isWantedFolder(key + "/")) {
            return null;
        }
        try {
            ObjectFile file = ObjectFile.of(path);
            if (file.isFolder()) {
                return isWantedFolder(key + "/") ? new Entry(key + "/", path, file) : null;
            }
            return file.isObject() && isWantedFile(key) ? new Entry(key, path, file) : null;
        } catch (NoSuchFileException e) {
            return null; // taken away meanwhile
        }
    }

    private boolean isWantedFile(String key) {
        return key.startsWith(prefix) && (after == null || ObjectKeys.BY_BYTES.compare(key, after) > 0);
    }

    private boolean isWantedFolder(String key) {
        boolean holdsPrefix = key.startsWith(prefix) || prefix.startsWith(key);
        boolean holdsLater = after == null || after.startsWith(key) || ObjectKeys.BY_BYTES.compare(key, after) > 0;
        return holdsPrefix && holdsLater;
    }
}
