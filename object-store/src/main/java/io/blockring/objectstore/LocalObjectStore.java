package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.CHANGED;
import static io.blockring.objectstore.ObjectStoreException.Kind.DENIED;
import static io.blockring.objectstore.ObjectStoreException.Kind.EXISTS;
import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;
import static io.blockring.objectstore.ObjectStoreException.Kind.NOT_FOUND;
import static io.blockring.objectstore.ObjectStoreException.Kind.NO_BUCKET;
import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;
import static io.blockring.objectstore.ObjectStoreException.Kind.UNCLEAR;
import static java.util.Objects.requireNonNull;

import io.blockring.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects as files of a directory, which may be shared by machines: the parts of a key are folders and a file.
 *
 * <p>An object appears whole: it is written and synced under another name in the same folder (some shared file
 * systems link only within one), then linked (if absent) or renamed (always) to its own. A process that dies between
 * leaves a file whose name starts with {@code %upload-}, which no listing shows.
 *
 * <p>As in every directory, no key can be both an object and the folder of another, and a part of a key has at most
 * 255 bytes. A call waits as long as the disk lets it wait.
 */
public final class LocalObjectStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(LocalObjectStore.class);
    private static final int MAX_ATTEMPTS = 10;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Path root;
    private final DurableFolders folders;

    private LocalObjectStore(Path root) {
        this.root = root;
        folders = new DurableFolders(root);
    }

    /**
     * Opens a directory that exists.
     *
     * @throws ObjectStoreException NO_BUCKET when it is not there
     */
    public static LocalObjectStore open(Path directory) throws ObjectStoreException {
        var store = new LocalObjectStore(directory.toAbsolutePath().normalize());
        store.checkRoot();
        return store;
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        ObjectKeys.checkRange(key, offset, length);
        Path path = pathOf(key);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            ObjectFile object = find(key, path);
            if (object == null) {
                throw new ObjectStoreException(NOT_FOUND, "no object '" + key + "'");
            }
            if (ifMatch != null && !ifMatch.equals(object.eTag())) {
                throw new ObjectStoreException(CHANGED, "'" + key + "' is at version " + object.eTag() + " now");
            }
            long existing = ObjectKeys.existing(key, offset, length, object.bytes());
            FileChannel file = openSame(key, path, object);
            if (file != null) {
                return new FileContent(file, key, offset, existing, object.eTag());
            }
        }
        throw new ObjectStoreException(RETRY, "'" + key + "' changes too often to be read");
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        ObjectKeys.check(key);
        Path path = pathOf(key);
        if (condition == PutCondition.IF_ABSENT && find(key, path) != null) {
            throw exists(key);
        }
        Path upload = write(key, path, bytes);
        try {
            String eTag = ObjectFile.of(upload).eTag();
            publish(key, upload, path, condition);
            return eTag;
        } catch (IOException e) {
            throw failed(UNCLEAR, "put", key, e);
        } finally {
            deleteQuietly(upload);
        }
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        ObjectFile object = find(key, pathOf(key));
        return Optional.ofNullable(object)
                .map(found -> new ObjectInfo(key, found.bytes(), found.eTag(), found.modified()));
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        ObjectKeys.checkPage(prefix, after, limit);
        checkRoot();
        try {
            return new FolderWalk(prefix, after, limit).page(root);
        } catch (IOException e) {
            throw failed(RETRY, "list", prefix, e);
        }
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        Path path = pathOf(key);
        if (find(key, path) == null) {
            return;
        }
        try {
            Files.deleteIfExists(path);
            DurableFolders.sync(folderOf(path));
        } catch (IOException e) {
            throw failed(UNCLEAR, "delete", key, e);
        }
    }

    @Override
    public void close() {}

    private Path pathOf(String key) throws ObjectStoreException {
        Path path = root;
        for (String part : key.split("/", -1)) {
            path = path.resolve(FileNames.of(part));
        }
        return path;
    }

    private static Path folderOf(Path path) {
        return requireNonNull(path.getParent(), "the root or a folder below it");
    }

    /** The file of an object as it is now, or null when there is none. */
    private @Nullable ObjectFile find(String key, Path path) throws ObjectStoreException {
        try {
            ObjectFile object = ObjectFile.of(path);
            return object.isObject() ? object : null;
        } catch (NoSuchFileException e) {
            checkRoot();
            return null;
        } catch (IOException e) {
            if (isNoFolder(e)) {
                return null;
            }
            throw failed(RETRY, "look up", key, e);
        }
    }

    /** Opens the file that {@code expected} described, or null when another one has its name now. */
    private @Nullable FileChannel openSame(String key, Path path, ObjectFile expected) throws ObjectStoreException {
        FileChannel file = null;
        try {
            file = FileChannel.open(path, StandardOpenOption.READ);
            if (ObjectFile.of(path).equals(expected)) {
                FileChannel same = file;
                file = null;
                return same;
            }
            return null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw failed(RETRY, "get", key, e);
        } finally {
            closeQuietly(file);
        }
    }

    /** Writes a complete and durable file beside the one it is to become. */
    private Path write(String key, Path path, MemorySegment bytes) throws ObjectStoreException {
        Path folder = folderOf(path);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Path upload = folder.resolve(FileNames.ofUpload());
            try {
                folders.make(folder);
                writeFile(upload, bytes);
                return upload;
            } catch (NoSuchFileException e) {
                checkRoot();
                folders.forget(folder); // someone else took it away
            } catch (IOException e) {
                deleteQuietly(upload);
                if (isNoFolder(e) || e instanceof FileAlreadyExistsException) {
                    throw new ObjectStoreException(INVALID, "'" + key + "' is below an object of this directory", e);
                }
                throw failed(RETRY, "put", key, e);
            }
        }
        throw new ObjectStoreException(RETRY, "the folder of '" + key + "' is taken away again and again");
    }

    private static void writeFile(Path upload, MemorySegment bytes) throws IOException {
        try (var file = FileChannel.open(upload, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long done = 0; done < bytes.byteSize(); ) {
                long step = Math.min(bytes.byteSize() - done, FileContent.MAX_STEP_BYTES);
                done += file.write(bytes.asSlice(done, step).asByteBuffer());
            }
            Files.setLastModifiedTime(upload, FileTime.from(someTimeInThisSecond()));
            file.force(true);
        }
    }

    /**
     * Part of the ETag. A file system gives a freed inode number out again at once, and its own clock ticks only every
     * few milliseconds: by that alone two versions could look the same.
     */
    private static Instant someTimeInThisSecond() {
        return Instant.ofEpochSecond(
                Instant.now().getEpochSecond(), ThreadLocalRandom.current().nextLong(NANOS_PER_SECOND));
    }

    private void publish(String key, Path upload, Path path, PutCondition condition) throws IOException {
        try {
            if (condition == PutCondition.IF_ABSENT) {
                Files.createLink(path, upload);
            } else {
                Files.move(upload, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (FileSystemException e) {
            if (Files.isDirectory(path)) {
                throw new ObjectStoreException(INVALID, "'" + key + "' is a folder of this directory", e);
            }
            throw e instanceof FileAlreadyExistsException ? exists(key) : e;
        }
        DurableFolders.sync(folderOf(path));
    }

    private void checkRoot() throws ObjectStoreException {
        if (!Files.isDirectory(root)) {
            throw new ObjectStoreException(NO_BUCKET, "no directory " + root);
        }
    }

    private static ObjectStoreException exists(String key) {
        return new ObjectStoreException(EXISTS, "'" + key + "' is there");
    }

    private static ObjectStoreException failed(Kind otherwise, String what, String key, IOException e) {
        if (e instanceof ObjectStoreException known) {
            return known;
        }
        Kind kind = e instanceof AccessDeniedException ? DENIED : otherwise;
        return new ObjectStoreException(kind, "cannot " + what + " '" + key + "': " + e, e);
    }

    private static boolean isNoFolder(IOException e) {
        return e instanceof FileSystemException failure && "Not a directory".equals(failure.getReason());
    }

    private static void deleteQuietly(Path upload) {
        try {
            Files.deleteIfExists(upload);
        } catch (IOException e) {
            LOG.warn("a file that no object needs stays: {}", upload, e);
        }
    }

    private static void closeQuietly(@Nullable FileChannel file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            LOG.warn("a file opened for reading could not be closed", e);
        }
    }
}
