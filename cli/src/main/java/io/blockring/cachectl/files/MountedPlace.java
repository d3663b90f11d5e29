package io.blockring.cachectl.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What is mounted at a place, whoever did it. */
enum MountedPlace {
    /** Nothing. */
    FREE,
    /** A mount, perhaps one that does not answer now. */
    MOUNTED,
    /** A mount whose process is gone: the kernel answers every call with "not connected". */
    DEAD;

    private static final Path MOUNTS = Path.of("/proc/self/mounts");

    /** How long a mount may take to show that it lives; the thread that asks a hung one is left behind. */
    private static final long ANSWER_SECONDS = 3;

    static MountedPlace of(Path place) throws IOException, InterruptedException {
        String escaped =
                place.toString().replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011");
        if (Files.readAllLines(MOUNTS).stream().noneMatch(line -> line.split(" ", 3)[1].equals(escaped))) {
            return FREE;
        }
        var answer = new CompletableFuture<MountedPlace>();
        Thread.ofPlatform().daemon().name("ask mount").start(() -> answer.complete(ask(place)));
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return MOUNTED;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MountedPlace ask(Path place) {
        try {
            Files.readAttributes(place, "size");
            return MOUNTED;
        } catch (FileSystemException e) {
            return String.valueOf(e.getReason()).contains("not connected") ? DEAD : MOUNTED;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
