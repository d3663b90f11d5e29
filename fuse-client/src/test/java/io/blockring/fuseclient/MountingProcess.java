package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.Caller;
import io.blockring.meta.Name;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that mounts, says so, and unmounts when its input ends; it is there to be killed. */
final class MountingProcess implements AutoCloseable {
    static final String CONTENT = "from another process";
    private static final String READY = "mounted";

    private final Process process;

    private MountingProcess(Process process) {
        this.process = process;
    }

    /** Starts one by way of {@code prefix} (setpriv), with the classes found on {@code classPath}. */
    static MountingProcess start(List<String> prefix, String classPath, Path directory, boolean allowOther)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                MountingProcess.class.getName(),
                directory.toString(),
                Boolean.toString(allowOther)));
        return new MountingProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    static MountingProcess start(Path directory) throws IOException {
        return start(List.of(), System.getProperty("java.class.path"), directory, false);
    }

    /** Waits for the mount; the output of the process so far where it ended without one. */
    String awaitMounted() throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        var seen = new StringBuilder();
        String line = output.readLine();
        while (line != null && !line.equals(READY)) {
            seen.append(line).append('\n');
            line = output.readLine();
        }
        return line == null ? seen.toString() : READY;
    }

    boolean awaitReady() throws IOException {
        return awaitMounted().equals(READY);
    }

    void kill() throws IOException, InterruptedException {
        Programs.kill(process);
    }

    /** Has it unmount and end. */
    int end() throws Exception {
        process.getOutputStream().close();
        if (!process.waitFor(Programs.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the process does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        try {
            kill();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        var settings = FuseSettings.defaults().withAllowOther(Boolean.parseBoolean(arguments[1]));
        var fileSystem = new MemoryFileSystem();
        byte[] content = CONTENT.getBytes(StandardCharsets.UTF_8);
        long handle = fileSystem
                .create(Caller.ROOT, 1, Name.of("hello"), 0_644, new FileSystem.OpenMode(false, true, false, false))
                .handle();
        fileSystem.release(handle);
        fileSystem.overwriteUnseen(1, Name.of("hello"), content);
        try (var _ = Mounts.of(fileSystem, directory, settings)) {
            System.out.println(READY);
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
