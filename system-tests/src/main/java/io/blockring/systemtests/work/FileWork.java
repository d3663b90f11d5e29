package io.blockring.systemtests.work;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Does the same random work on files in two directories, the one under test and a plain one, and compares what they
 * read at every step and hold in the end.
 *
 * <p>As a program: {@code FileWork TESTED REFERENCE SEED STEPS MAX_FILE_MIB}; exit status 0 means that both were equal
 * throughout.
 */
public final class FileWork {
    private static final int FILES = 6;
    private static final int MAX_WRITE_BYTES = 3 << 20;

    private final Path tested;
    private final Path reference;
    private final Random random;
    private final int maxFileBytes;
    private int step;

    /** Work on files of up to about {@code maxFileMib} MiB, at least 4. */
    public FileWork(Path tested, Path reference, long seed, int maxFileMib) {
        this.tested = tested;
        this.reference = reference;
        random = new Random(seed);
        maxFileBytes = maxFileMib << 20;
    }

    /** Runs as a process of its own, so that any user can do the work. */
    public static void main(String[] args) throws IOException {
        new FileWork(Path.of(args[0]), Path.of(args[1]), Long.parseLong(args[2]), Integer.parseInt(args[4]))
                .run(Integer.parseInt(args[3]));
        System.out.println("equal");
    }

    /** Does {@code steps} random steps; the first difference is an AssertionError that names the step. */
    public void run(int steps) throws IOException {
        for (step = 1; step <= steps; step++) {
            String name = "f" + random.nextInt(FILES);
            switch (random.nextInt(10)) {
                case 0 -> writeSequentially(name);
                case 1, 2 -> writeAnywhere(name);
                case 3 -> append(name);
                case 4 -> truncate(name);
                case 5 -> rename(name);
                case 6 -> unlinkWhileOpen(name);
                case 7 -> renameWhileOpen(name);
                case 8 -> readAnywhere(name);
                default -> compare(name);
            }
        }
        for (int i = 0; i < FILES; i++) {
            compare("f" + i);
        }
        if (!names(tested).equals(names(reference))) {
            throw difference("names " + names(tested) + ", expected " + names(reference));
        }
    }

    private void writeSequentially(String name) throws IOException {
        try (Pair files = open(name, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            int bytes = random.nextInt(maxFileBytes);
            for (int at = 0; at < bytes; at += 1 << 17) {
                files.write(someBytes(Math.min(1 << 17, bytes - at)), at);
            }
        }
    }

    private void writeAnywhere(String name) throws IOException {
        try (Pair files = open(name, StandardOpenOption.CREATE)) {
            for (int writes = random.nextInt(12); writes > 0; writes--) {
                int bytes = random.nextInt(random.nextBoolean() ? 8192 : MAX_WRITE_BYTES);
                files.write(someBytes(bytes), random.nextInt(maxFileBytes - MAX_WRITE_BYTES));
                if (random.nextInt(4) == 0) {
                    files.compareSomewhere();
                }
                if (random.nextInt(6) == 0) {
                    files.force();
                }
            }
        }
    }

    private void append(String name) throws IOException {
        try (Pair files = open(name, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int writes = random.nextInt(5); writes > 0 && files.size() < maxFileBytes; writes--) {
                files.append(someBytes(random.nextInt(200_000)));
            }
        }
    }

    private void truncate(String name) throws IOException {
        if (Files.exists(reference.resolve(name))) {
            try (Pair files = open(name)) {
                long size = files.size();
                files.resize(
                        random.nextBoolean() ? (long) (size * random.nextDouble()) : size + random.nextInt(500_000));
                files.compareSomewhere();
            }
        }
    }

    private void rename(String name) throws IOException {
        if (Files.exists(reference.resolve(name))) {
            String to = "f" + random.nextInt(FILES);
            for (Path folder : List.of(tested, reference)) {
                Files.move(folder.resolve(name), folder.resolve(to), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void unlinkWhileOpen(String name) throws IOException {
        try (Pair files = open(name, StandardOpenOption.CREATE)) {
            Files.delete(tested.resolve(name));
            Files.delete(reference.resolve(name));
            files.write(someBytes(random.nextInt(100_000)), random.nextInt(1 << 20));
            files.compareAll();
        }
    }

    private void renameWhileOpen(String name) throws IOException {
        try (Pair files = open(name, StandardOpenOption.CREATE)) {
            files.write(someBytes(random.nextInt(300_000)), random.nextInt(1 << 20));
            rename(name);
            files.write(someBytes(random.nextInt(300_000)), random.nextInt(1 << 20));
            files.compareAll();
        }
    }

    private void readAnywhere(String name) throws IOException {
        if (Files.exists(reference.resolve(name))) {
            try (Pair files = open(name)) {
                for (int reads = 5; reads > 0; reads--) {
                    files.compareSomewhere();
                }
            }
        }
    }

    private void compare(String name) throws IOException {
        if (Files.exists(reference.resolve(name)) != Files.exists(tested.resolve(name))) {
            throw difference(name + " is in only one of the directories");
        }
        if (Files.exists(reference.resolve(name))) {
            try (Pair files = open(name)) {
                files.compareAll();
            }
        }
    }

    private ByteBuffer someBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static List<String> names(Path folder) throws IOException {
        try (var paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private AssertionError difference(String what) {
        return new AssertionError("step " + step + ": " + what);
    }

    private Pair open(String name, OpenOption... more) throws IOException {
        List<OpenOption> options = new ArrayList<>(List.of(more));
        options.add(StandardOpenOption.WRITE);
        boolean append = options.contains(StandardOpenOption.APPEND);
        if (!append) {
            options.add(StandardOpenOption.READ);
        }
        FileChannel ours = FileChannel.open(tested.resolve(name), Set.copyOf(options));
        return new Pair(name, ours, FileChannel.open(reference.resolve(name), Set.copyOf(options)));
    }

    /** The same file in both directories. */
    private final class Pair implements AutoCloseable {
        private final String name;
        private final FileChannel ours;
        private final FileChannel theirs;

        Pair(String name, FileChannel ours, FileChannel theirs) {
            this.name = name;
            this.ours = ours;
            this.theirs = theirs;
        }

        long size() throws IOException {
            if (ours.size() != theirs.size()) {
                throw difference(name + " has " + ours.size() + " bytes, expected " + theirs.size());
            }
            return theirs.size();
        }

        void write(ByteBuffer bytes, long at) throws IOException {
            for (FileChannel file : List.of(ours, theirs)) {
                ByteBuffer left = bytes.duplicate();
                for (long to = at; left.hasRemaining(); ) {
                    to += file.write(left, to);
                }
            }
        }

        void append(ByteBuffer bytes) throws IOException {
            for (FileChannel file : List.of(ours, theirs)) {
                ByteBuffer left = bytes.duplicate();
                while (left.hasRemaining()) {
                    file.write(left);
                }
            }
        }

        void resize(long bytes) throws IOException {
            for (FileChannel file : List.of(ours, theirs)) {
                if (bytes < file.size()) {
                    file.truncate(bytes);
                } else if (bytes > file.size()) {
                    file.write(ByteBuffer.wrap(new byte[] {7}), bytes - 1);
                }
            }
        }

        void force() throws IOException {
            ours.force(random.nextBoolean());
        }

        void compareSomewhere() throws IOException {
            long size = size();
            long from = (long) (size * random.nextDouble());
            compare(from, Math.min(size, from + random.nextInt(MAX_WRITE_BYTES)));
        }

        void compareAll() throws IOException {
            compare(0, size());
        }

        private void compare(long from, long to) throws IOException {
            ByteBuffer actual = ByteBuffer.allocate(1 << 20);
            ByteBuffer expected = ByteBuffer.allocate(1 << 20);
            for (long at = from; at < to; at += actual.capacity()) {
                int count = (int) Math.min(actual.capacity(), to - at);
                fill(ours, actual.clear().limit(count), at);
                fill(theirs, expected.clear().limit(count), at);
                int mismatch = actual.flip().mismatch(expected.flip());
                if (mismatch >= 0) {
                    throw difference(name + " differs at byte " + (at + mismatch) + " of " + size());
                }
            }
        }

        private void fill(FileChannel file, ByteBuffer into, long at) throws IOException {
            while (into.hasRemaining()) {
                int read = file.read(into, at + into.position());
                if (read < 0) {
                    throw difference(name + " ends at byte " + (at + into.position()));
                }
            }
        }

        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }
    }
}
