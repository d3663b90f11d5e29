package io.blockring.mount;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.block.BlockHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of this machine, as their processes wrote them down: one small file each, beside its control socket.
 *
 * <p>A file whose process is gone counts for nothing, and is replaced by the next mount of the same place.
 */
public final class RunningMounts {
    /** What a running mount says of itself; {@code metaUrl} is without password. */
    public record RunningMount(String mountPoint, long pid, String socket, String metaUrl, String volume) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    public RunningMounts(Places places) {
        folder = places.mounts();
    }

    /** Where the control socket of a mount at {@code mountPoint} is. */
    public Path socketOf(Path mountPoint) {
        return folder.resolve(nameOf(mountPoint) + ".sock");
    }

    /** All mounts whose processes run, by mount point. */
    public List<RunningMount> all() throws IOException {
        List<RunningMount> mounts = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return mounts;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                read(file).filter(mount -> isRunning(mount.pid())).ifPresent(mounts::add);
            }
        }
        mounts.sort(Comparator.comparing(RunningMount::mountPoint));
        return mounts;
    }

    /** The mount that {@code path} lies in; the innermost where mounts are nested. */
    public Optional<RunningMount> around(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        return all().stream()
                .filter(mount -> absolute.startsWith(mount.mountPoint()))
                .max(Comparator.comparingInt(mount -> mount.mountPoint().length()));
    }

    void add(RunningMount mount) throws IOException {
        createFolder();
        Path file = folder.resolve(nameOf(Path.of(mount.mountPoint())) + ".json");
        Path complete = folder.resolve(file.getFileName() + "." + mount.pid());
        Files.writeString(complete, JSON.writeValueAsString(mount));
        Files.move(complete, file, StandardCopyOption.ATOMIC_MOVE);
    }

    void remove(RunningMount mount) throws IOException {
        Path file = folder.resolve(nameOf(Path.of(mount.mountPoint())) + ".json");
        if (read(file).filter(mount::equals).isPresent()) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(Path.of(mount.socket()));
        }
    }

    /** Only its owner may enter: the sockets in it answer everyone who can open them. */
    void createFolder() throws IOException {
        Files.createDirectories(folder.getParent());
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    private static Optional<RunningMount> read(Path file) throws IOException {
        try {
            return Optional.of(JSON.readValue(Files.readString(file), RunningMount.class));
        } catch (java.nio.file.NoSuchFileException | JsonProcessingException e) {
            return Optional.empty(); // it ended while we looked, or is no file of ours
        }
    }

    private static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Short, for the path of a Unix socket has at most 107 bytes. */
    private static String nameOf(Path mountPoint) {
        byte[] path = mountPoint.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
        return BlockHash.of(path).toString().substring(0, 16);
    }
}
