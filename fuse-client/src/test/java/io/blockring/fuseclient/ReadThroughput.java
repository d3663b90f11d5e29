package io.blockring.fuseclient;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what the mount itself lets through: sequential reads by {@code dd} of a file whose bytes cost one copy.
 *
 * <p>Arguments: MiB per reader, readers, bytes of a read ({@code 4M}), {@code direct} or {@code buffered}. It prints
 * one line: GB/s, and the CPU seconds per GB of this process.
 */
final class ReadThroughput {
    private static final int PATTERN_BYTES = 8 << 20;
    private static final String FILE = "constant";

    private ReadThroughput() {}

    /** A file system with one large file, the same 8 MiB over and over. */
    private static final class ConstantFileSystem extends MemoryFileSystem {
        private final long fileBytes;
        private final MemorySegment pattern = Arena.global().allocate(2 * PATTERN_BYTES);
        private final long inode;

        ConstantFileSystem(long fileBytes) throws FileError {
            this.fileBytes = fileBytes;
            this.inode = makeNode(Caller.ROOT, 1, Name.of(FILE), FileType.FILE, 0_644, 0)
                    .inode();
            for (long i = 0; i < pattern.byteSize(); i++) {
                pattern.set(ValueLayout.JAVA_BYTE, i, (byte) (i % PATTERN_BYTES % 251));
            }
        }

        @Override
        public synchronized Entry lookup(Caller caller, long parent, Name name) throws FileError {
            long found = super.lookup(caller, parent, name).inode();
            return new Entry(found, attributes(found));
        }

        @Override
        public synchronized Attr attributes(long number) throws FileError {
            Attr attr = super.attributes(number);
            return number != inode
                    ? attr
                    : new Attr(
                            0,
                            attr.type(),
                            attr.mode(),
                            attr.uid(),
                            attr.gid(),
                            attr.atime(),
                            attr.mtime(),
                            attr.ctime(),
                            attr.nlink(),
                            fileBytes,
                            0,
                            attr.parent(),
                            0,
                            0,
                            0);
        }

        @Override
        public int read(long handle, long offset, MemorySegment into) {
            int byteCount = (int) Math.clamp(fileBytes - offset, 0, into.byteSize());
            MemorySegment.copy(pattern, offset % PATTERN_BYTES, into, 0, byteCount);
            return byteCount;
        }
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        long bytesEach = Long.parseLong(arguments[0]) << 20;
        int readers = Integer.parseInt(arguments[1]);
        long readBytes = arguments[2].endsWith("M")
                ? Long.parseLong(arguments[2].replace("M", "")) << 20
                : Long.parseLong(arguments[2]);
        boolean direct = arguments[3].equals("direct");
        Path directory = Files.createTempDirectory("blockring-throughput");
        var settings = FuseSettings.defaults();
        try (var mounts = Mounts.of(new ConstantFileSystem(bytesEach * readers), directory, settings)) {
            long cpuBefore = cpuNanos();
            long start = System.nanoTime();
            List<Process> processes = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                List<String> command = new ArrayList<>(List.of(
                        "dd",
                        "if=" + mounts.path(FILE),
                        "of=/dev/null",
                        "bs=" + readBytes,
                        "skip=" + i * (bytesEach / readBytes),
                        "count=" + bytesEach / readBytes,
                        "status=none"));
                if (direct) {
                    command.add("iflag=direct");
                }
                processes.add(new ProcessBuilder(command).inheritIO().start());
            }
            for (Process process : processes) {
                if (process.waitFor() != 0) {
                    throw new IllegalStateException("dd: exit " + process.exitValue());
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double gigabytes = bytesEach * readers / 1e9;
            System.out.printf(
                    "%s %d x %s: %.2f GB/s, %.3f CPU s/GB of the mount%n",
                    arguments[3],
                    readers,
                    arguments[2],
                    gigabytes / seconds,
                    (cpuNanos() - cpuBefore) / 1e9 / gigabytes);
        } finally {
            Files.delete(directory);
        }
    }

    private static long cpuNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }
}
