package io.blockring.meta.volume;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock file {@code FOLDER.lock} beside the metadata of a volume. Whoever holds the kernel's lock on the file has
 * the volume; the kernel lets go of it when the process dies, however it dies. The content only says who that is:
 *
 * <pre>{"pid": 4711, "controlSocket": "/run/blockring/lab.sock"}</pre>
 */
final class VolumeLock implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /*
     * The kernel's locks are those of a process, and closing any channel of the file gives them back. So files that
     * this process has locked are remembered here and not opened a second time.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    /**
     * Who holds a volume.
     *
     * @param pid 0 when not known
     */
    record Holder(long pid, @Nullable String controlSocket) {
        String forPeople() {
            String who = pid > 0 ? "process " + pid : "another process";
            return controlSocket == null ? who : who + ", which listens on " + controlSocket;
        }
    }

    private final Path file;
    private final FileChannel channel;

    private VolumeLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes the lock of the metadata in {@code folder}, or says who has it. */
    static VolumeLock take(Path folder, @Nullable Path controlSocket) throws VolumeHeldException, IOException {
        Path real = folder.toAbsolutePath().normalize();
        Path parent = real.getParent();
        if (parent == null) {
            throw new IOException("no metadata are kept in the root folder");
        }
        Files.createDirectories(parent);
        Path file = parent.toRealPath().resolve(real.getFileName() + ".lock");
        if (!HELD.add(file)) {
            throw new VolumeHeldException(
                    folder, new Holder(ProcessHandle.current().pid(), null));
        }
        try {
            return locked(folder, file, controlSocket);
        } catch (VolumeHeldException | IOException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    private static VolumeLock locked(Path folder, Path file, @Nullable Path controlSocket)
            throws VolumeHeldException, IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new VolumeHeldException(folder, holder(channel));
            }
            write(channel, new Holder(ProcessHandle.current().pid(), text(controlSocket)));
            return new VolumeLock(file, channel);
        } catch (VolumeHeldException | IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }

    /** Who wrote the file; a holder that has not written yet, or was cut off, is not known. */
    private static Holder holder(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Math.min(channel.size(), 1 << 16)));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {}
        try {
            JsonNode json = JSON.readTree(bytes.array(), 0, bytes.position());
            return new Holder(
                    json.path("pid").asLong(),
                    json.hasNonNull("controlSocket") ? json.get("controlSocket").asText() : null);
        } catch (JsonProcessingException _) {
            return new Holder(0, null);
        }
    }

    private static void write(FileChannel channel, Holder holder) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("pid", holder.pid());
        if (holder.controlSocket() != null) {
            json.put("controlSocket", holder.controlSocket());
        }
        ByteBuffer bytes = ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
        channel.truncate(0);
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
    }

    /** Gives the lock back; the file stays, empty, for a file that others may be waiting for must not be deleted. */
    @Override
    public void close() {
        try (channel) {
            channel.truncate(0);
        } catch (IOException e) {
            throw new UncheckedIOException("the lock " + file + " was not given back in order", e);
        } finally {
            HELD.remove(file);
        }
    }
}
