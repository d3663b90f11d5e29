package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code fusermount3}, the program with the right to mount that users do not have. It opens the device, mounts, and
 * hands the descriptor over a socket whose number it finds in its environment.
 *
 * <p>A process that Java starts inherits no descriptor, so this one is started by {@code posix_spawn}.
 */
final class Fusermount {
    private static final String PROGRAM = "fusermount3";
    private static final List<String> FOLDERS = List.of("/usr/bin", "/bin", "/usr/local/bin");
    private static final String SOCKET_VARIABLE = "_FUSE_COMMFD";
    private static final int SOCKET_IN_CHILD = 3;
    private static final int STANDARD_ERROR = 2;
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int MESSAGE_BYTES = 4096;

    private final String program;

    private Fusermount(String program) {
        this.program = program;
    }

    static Fusermount find() throws IOException {
        return Stream.concat(
                        FOLDERS.stream(),
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":")))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, PROGRAM))
                .filter(Files::isExecutable)
                .findFirst()
                .map(path -> new Fusermount(path.toString()))
                .orElseThrow(() -> new IOException(
                        "only root can mount without fusermount3, which is in the Debian package fuse3"));
    }

    /** Mounts at {@code directory}; the open descriptor. */
    int mount(Path directory, String options) throws IOException {
        LinuxMounts.Pair sockets = LinuxMounts.socketPair(LinuxMounts.SOCK_STREAM);
        LinuxMounts.Pair errors = LinuxMounts.pipe();
        try {
            int pid;
            try {
                pid = LinuxMounts.spawn(
                        program,
                        List.of(PROGRAM, "-o", options, "--", directory.toString()),
                        environment(),
                        List.of(
                                new LinuxMounts.Inherited(sockets.second(), SOCKET_IN_CHILD),
                                new LinuxMounts.Inherited(errors.second(), STANDARD_ERROR)));
            } finally {
                // Our copies of its ends: without them the end of the child is the end of both.
                Linux.close(sockets.second());
                Linux.close(errors.second());
            }
            if (pid < 0) {
                throw new IOException("%s cannot be started: %s".formatted(program, Errno.text(-pid)));
            }
            return receive(sockets.first(), errors.first(), pid);
        } finally {
            Linux.close(sockets.first());
            Linux.close(errors.first());
        }
    }

    private static List<String> environment() {
        var environment = new ArrayList<String>();
        System.getenv().forEach((name, value) -> {
            if (!name.equals(SOCKET_VARIABLE)) {
                environment.add(name + "=" + value);
            }
        });
        environment.add(SOCKET_VARIABLE + "=" + SOCKET_IN_CHILD);
        return environment;
    }

    private static int receive(int socket, int errors, int pid) throws IOException {
        int ready = Linux.pollReadable(socket, Math.toIntExact(DEADLINE.toMillis()));
        if (ready == 0) {
            throw new IOException("%s (process %d) did not mount within %s".formatted(PROGRAM, pid, DEADLINE));
        }
        int descriptor = ready < 0 ? ready : LinuxMounts.receiveDescriptor(socket);
        if (descriptor <= 0) {
            String message = readToEnd(errors);
            LinuxMounts.awaitExit(pid);
            throw new IOException("%s refused: %s".formatted(PROGRAM, message));
        }
        LinuxMounts.awaitExit(pid);
        return descriptor;
    }

    private static String readToEnd(int descriptor) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(MESSAGE_BYTES);
            long length = 0;
            long result = 1;
            while (result > 0 && length < MESSAGE_BYTES) {
                result = Linux.read(descriptor, room.asSlice(length));
                length += Math.max(result, 0);
            }
            return new String(room.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8).strip();
        }
    }

    /** Takes the mount out of the tree at once, and ends it when nothing in it is open any more. */
    void unmountLazily(Path directory) throws IOException {
        Process process = new ProcessBuilder(program, "-u", "-z", "--", directory.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("%s did not unmount %s: %s".formatted(PROGRAM, directory, output));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + PROGRAM + " unmounts " + directory, e);
        }
    }
}
