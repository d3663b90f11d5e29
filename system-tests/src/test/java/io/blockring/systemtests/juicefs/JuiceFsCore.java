package io.blockring.systemtests.juicefs;

import io.blockring.systemtests.rig.Program;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipFile;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** JuiceFS's core 1.0.2 in a process of its own, told what to do. */
final class JuiceFsCore implements AutoCloseable {
    /** The answer where a path names nothing. */
    static final String NO_SUCH_FILE = "-2";

    private static final String LIBRARY = "libjfs-amd64.so.gz";
    private static final long END_SECONDS = 30;

    private final Process process;
    private final BufferedReader out;
    private final BufferedWriter in;

    private JuiceFsCore(Process process) throws IOException {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        // Whatever it says first, it says it is ready last.
        String line = out.readLine();
        while (line != null && !line.equals("ready")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IOException("JuiceFS did not open the volume: see its log");
        }
    }

    /** Opens the volume at {@code metaUrl}; where its SDK is not at hand, the test says so and is skipped. */
    static JuiceFsCore open(String metaUrl, Path folder) throws IOException {
        Path jar = Program.checkout().resolve("system-tests/target/oracle/juicefs-hadoop.jar");
        Assumptions.assumeTrue(Files.exists(jar), "io.juicefs:juicefs-hadoop:1.0.2 is not at hand");
        Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "JuiceFS's core is for amd64");
        Path library = folder.resolve("libjfs.so");
        if (!Files.exists(library)) {
            try (var zip = new ZipFile(jar.toFile());
                    InputStream packed = zip.getInputStream(zip.getEntry(LIBRARY));
                    InputStream unpacked = new GZIPInputStream(packed)) {
                Files.copy(unpacked, library, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return new JuiceFsCore(new ProcessBuilder(List.of(
                        Program.javaCommand(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        JuiceFsProcess.class.getName(),
                        library.toString(),
                        metaUrl))
                .redirectError(folder.resolve("juicefs.log").toFile())
                .start());
    }

    static void assertDone(String answer) {
        Assertions.assertThat(Long.parseLong(answer)).isNotNegative();
    }

    /** Makes a call and returns its answer. */
    String call(Object... words) {
        try {
            in.write(
                    String.join("\t", Arrays.stream(words).map(Object::toString).toList()));
            in.newLine();
            in.flush();
            String answer = out.readLine();
            if (answer == null) {
                throw new IllegalStateException("JuiceFS has ended");
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
