package io.blockring.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;

/** All that a figure has started or made; ended last first, once, also when the harness is told to end. */
final class Closing implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** A new one that is closed at the latest when this process ends. */
    static Closing atExit() {
        var closing = new Closing();
        Runtime.getRuntime().addShutdownHook(new Thread(closing::endAll, "end all"));
        return closing;
    }

    <T extends AutoCloseable> T add(T part) {
        synchronized (parts) {
            parts.push(part);
        }
        return part;
    }

    /** A folder that goes with the rest. */
    Path folder() throws IOException {
        Path folder = Files.createTempDirectory("blockring-bench");
        add(() -> delete(folder));
        return folder;
    }

    @Override
    public void close() {
        Optional<AutoCloseable> next = next();
        while (next.isPresent()) {
            try {
                next.get().close();
            } catch (Exception | AssertionError e) {
                System.err.println("bench: not ended well: " + e);
            }
            next = next();
        }
    }

    private Optional<AutoCloseable> next() {
        synchronized (parts) {
            return Optional.ofNullable(parts.poll());
        }
    }

    /** Also ends, by its id, what was only just being started. */
    private void endAll() {
        close();
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
