package io.blockring.blockstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Collectors;

/**
 * The folder of a disk tier, held by this process alone, in the format of this program.
 *
 * <pre>
 * lock       locked while a process uses the folder; holds its process id
 * geometry   the format; a folder of another format is refused
 * index/     a BlockIndex
 * table      a TableCheckpoint
 * slots/     the files of Segments
 * </pre>
 */
final class CacheFolder implements AutoCloseable {
    private static final String GEOMETRY = """
            format=3
            slot-header-bytes=%d
            slot-stride-unit-bytes=%d
            size-classes=%s
            """.formatted(
                    SizeClass.HEADER_BYTES,
                    SizeClass.STRIDE_UNIT_BYTES,
                    SizeClass.ALL.stream()
                            .map(sizeClass -> String.valueOf(sizeClass.payloadBytes()))
                            .collect(Collectors.joining(",")));

    private final Path path;
    private final FileChannel lockFile;

    private CacheFolder(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    static CacheFolder open(Path path) throws IOException {
        Files.createDirectories(path);
        var lockFile = FileChannel.open(
                path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var folder = new CacheFolder(path, lockFile);
        try {
            folder.lock();
            folder.checkGeometry();
            return folder;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    Path index() {
        return path.resolve("index");
    }

    Path table() {
        return path.resolve("table");
    }

    Path slots() {
        return path.resolve("slots");
    }

    @Override
    public String toString() {
        return path.toString();
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    private void lock() throws IOException {
        if (!tryLock()) {
            ByteBuffer holder = ByteBuffer.allocate(32);
            int bytes = Math.max(0, lockFile.read(holder, 0));
            throw new IOException("cache directory " + path + " is in use by process "
                    + new String(holder.array(), 0, bytes, StandardCharsets.US_ASCII).strip());
        }
        lockFile.truncate(0);
        String pid = ProcessHandle.current().pid() + "\n";
        lockFile.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    }

    private boolean tryLock() throws IOException {
        try {
            FileLock lock = lockFile.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false; // held by this process, which is no better
        }
    }

    private void checkGeometry() throws IOException {
        Path file = path.resolve("geometry");
        if (Files.exists(file)) {
            String found = Files.readString(file);
            if (!found.equals(GEOMETRY)) {
                throw new IOException("cache directory " + path + " has another format (" + firstLine(found)
                        + "; this program writes " + firstLine(GEOMETRY) + "): empty it or name another directory");
            }
        } else if (Files.exists(index()) || Files.exists(slots())) {
            throw new IOException("cache directory " + path
                    + " has blocks but no geometry file to say in which format: empty it or name another directory");
        } else {
            Path made = path.resolve("geometry.new");
            Files.writeString(made, GEOMETRY);
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("no text");
    }
}
