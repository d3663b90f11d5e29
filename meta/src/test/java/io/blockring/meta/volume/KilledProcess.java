package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import java.io.BufferedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** A {@link BusyProcess} that was killed in the middle of its work, and what it had said until then. */
record KilledProcess(List<Said> said) {
    /** A file that it had written and renamed. */
    record Said(long folder, int number, long inode, long slice) {
        static Said parse(String line) {
            String[] parts = line.split(" ", -1);
            return new Said(
                    Long.parseLong(parts[0]),
                    Integer.parseInt(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]));
        }
    }

    /**
     * Runs one on the volume at {@code url} and kills it after {@code lines} lines.
     *
     * @param name begins the names of what it makes
     * @param before is told its pid before it is killed
     */
    static KilledProcess run(URI url, String name, int lines, Path errors, LongConsumer before) throws Exception {
        KilledProcess killed =
                run(BusyProcess.class, List.of(url.toString(), name), errors, (_, said) -> said == lines, before);
        assertThat(killed.said).as("lines before the kill").hasSizeGreaterThanOrEqualTo(lines);
        return killed;
    }

    /** When a process is to be killed. */
    @FunctionalInterface
    interface Moment {
        /** By the newest line that it said, and the number of files that it has spoken of. */
        boolean hasCome(String line, int said);
    }

    /** Runs a program that speaks of files as a {@link BusyProcess} does, and kills it when the moment has come. */
    static KilledProcess run(Class<?> program, List<String> arguments, Path errors, Moment moment, LongConsumer before)
            throws Exception {
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                program.getName()));
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        var said = new ArrayList<Said>();
        boolean hasCome = false;
        try (BufferedReader reader = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.split(" ", -1).length == 4 && (!hasCome || process.isAlive())) {
                    said.add(Said.parse(line));
                }
                if (!hasCome && moment.hasCome(line, said.size())) {
                    hasCome = true;
                    before.accept(process.pid());
                    process.toHandle().destroyForcibly(); // Process itself would close the pipe unread
                }
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(hasCome).as("it was killed, and did not end by itself").isTrue();
        return new KilledProcess(List.copyOf(said));
    }

    /** The newest file of each folder that it spoke of. */
    private List<Said> last() {
        Map<Long, Said> lastOfFolder = new HashMap<>();
        said.forEach(one -> lastOfFolder.put(one.folder(), one));
        return List.copyOf(lastOfFolder.values());
    }

    /** What it had been told is committed is there. */
    void assertKept(FileTree tree) throws FileError {
        assertThat(tree.newSliceId())
                .as("a slice id that nobody had")
                .isGreaterThan(said.stream().mapToLong(Said::slice).max().orElse(0));
        int bytes = BusyProcess.FILE_BYTES;
        for (Said file : last()) {
            Attr attr = tree.attributes(file.inode());
            assertThat(attr.length()).isEqualTo(bytes);
            assertThat(tree.slices(file.inode(), 0)).containsExactly(new SliceRecord(0, file.slice(), bytes, 0, bytes));
            assertThat(tree.lookup(file.folder(), Name.of("f" + file.number())).inode())
                    .isEqualTo(file.inode());
        }
    }
}
