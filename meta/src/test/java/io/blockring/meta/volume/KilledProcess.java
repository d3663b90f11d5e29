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
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        BusyProcess.class.getName(),
                        url.toString(),
                        name)
                .redirectError(errors.toFile())
                .start();
        var said = new ArrayList<Said>();
        try (BufferedReader reader = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.split(" ", -1).length == 4 && (said.size() < lines || process.isAlive())) {
                    said.add(Said.parse(line));
                }
                if (said.size() == lines) {
                    before.accept(process.pid());
                    process.toHandle().destroyForcibly(); // Process itself would close the pipe unread
                }
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(said).as("lines before the kill").hasSizeGreaterThanOrEqualTo(lines);
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
                .isGreaterThan(said.stream().mapToLong(Said::slice).max().orElseThrow());
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
