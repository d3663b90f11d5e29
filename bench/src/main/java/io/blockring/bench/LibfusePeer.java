package io.blockring.bench;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RunningProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A page-cached file behind libfuse in C. */
final class LibfusePeer implements AutoCloseable {
    static final String SPLICE = "splice";
    static final String COPY = "copy";

    private static final String LIBRARY = "fuse3";
    /** An answer of more goes through no pipe of the default size, and libfuse would copy it. */
    private static final int SPLICE_READ_AHEAD_KIB = 512;

    private final Path mountPoint;
    private final RunningProgram daemon;

    private LibfusePeer(Path mountPoint, RunningProgram daemon) {
        this.mountPoint = mountPoint;
        this.daemon = daemon;
    }

    /** The program, where the headers of libfuse 3 are (Debian: libfuse3-dev, pkg-config); else none. */
    static Optional<Path> compile(CPrograms programs) {
        List<String> flags = CPrograms.packageFlags(LIBRARY);
        return flags.isEmpty() ? Optional.empty() : Optional.of(programs.compile("libfuse_file", flags));
    }

    /**
     * Mounts it.
     *
     * @param way {@link #SPLICE} or {@link #COPY}
     * @param readAheadOf a mount that the kernel shall read ahead in as far
     */
    static LibfusePeer start(Path program, Path file, Path folder, String way, Path readAheadOf, Closing closing)
            throws IOException {
        Path mountPoint = Files.createDirectory(folder.resolve("libfuse-" + way));
        Path log = Files.createFile(folder.resolve("libfuse-" + way + ".log"));
        List<String> command = List.of(program.toString(), file.toString(), mountPoint.toString(), way);
        RunningProgram daemon = RunningProgram.start("libfuse " + way, command, Map.of(), log);
        LibfusePeer peer = closing.add(new LibfusePeer(mountPoint, daemon));
        daemon.await("mounted", () -> Optional.of(peer.file()).filter(Files::exists));
        int readAhead =
                Integer.parseInt(Files.readString(readAhead(readAheadOf)).strip());
        int bestReadAhead = way.equals(SPLICE) ? Math.min(readAhead, SPLICE_READ_AHEAD_KIB) : readAhead;
        Files.writeString(readAhead(mountPoint), Integer.toString(bestReadAhead));
        return peer;
    }

    Path file() {
        return mountPoint.resolve("file");
    }

    long pid() {
        return daemon.pid();
    }

    /** The kernel's setting for what is mounted there. */
    private static Path readAhead(Path mountPoint) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String[] fields = line.split(" ", -1);
            if (fields[4].equals(mountPoint.toString())) {
                return Path.of("/sys/class/bdi", fields[2], "read_ahead_kb");
            }
        }
        throw new IOException("nothing is mounted at " + mountPoint);
    }

    @Override
    public void close() {
        try {
            Program.run(Map.of(), null, List.of("umount", "-l", mountPoint.toString()));
        } catch (UncheckedIOException e) {
            System.err.println("bench: not unmounted: " + e);
        }
        daemon.close();
    }
}
