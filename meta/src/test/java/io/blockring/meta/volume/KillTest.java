package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Attr;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.tree.VolumeTree;
import java.io.BufferedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process with a volume is killed in the middle of its work. */
class KillTest {
    private static final int LINES = 150;

    /** What the process said: a file that it had written and renamed. */
    private record Said(long folder, int number, long inode, long slice) {
        static Said parse(String line) {
            String[] parts = line.split(" ", -1);
            return new Said(
                    Long.parseLong(parts[0]),
                    Integer.parseInt(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]));
        }
    }

    @TempDir
    Path folder;

    @Test
    void whatAKilledProcessHadCommittedIsThereAndItsVolumeIsFree() throws Exception {
        URI url = URI.create("rocksdb://" + folder.resolve("lab"));
        Volume.create(url, new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0));
        List<Said> said = runAndKill(url);

        try (TestStores stores = TestStores.rocks(folder.resolve("lab"))) {
            assertThat(StructureCheck.problemsButSums(stores.dump())).isEmpty();
        }
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            VolumeTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
            assertThat(tree.newSliceId())
                    .isGreaterThan(said.stream().mapToLong(Said::slice).max().orElseThrow());
            Map<Long, Said> lastOfFolder = new HashMap<>();
            said.forEach(one -> lastOfFolder.put(one.folder(), one));
            for (Said last : lastOfFolder.values()) {
                Attr attr = tree.attributes(last.inode());
                assertThat(attr.length()).isEqualTo(100);
                assertThat(tree.slices(last.inode(), 0)).containsExactly(new SliceRecord(0, last.slice(), 100, 0, 100));
                assertThat(tree.lookup(last.folder(), Name.of("f" + last.number()))
                                .inode())
                        .isEqualTo(last.inode());
            }
        }
        try (TestStores stores = TestStores.rocks(folder.resolve("lab"))) {
            assertThat(StructureCheck.problemsButSums(stores.dump())).isEmpty();
            assertThat(Scans.all(stores.engine().scans().sessions()))
                    .as("sessions of the dead")
                    .isEmpty();
        }
    }

    private List<Said> runAndKill(URI url) throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        BusyProcess.class.getName(),
                        url.toString())
                .redirectError(folder.resolve("stderr").toFile())
                .start();
        var said = new ArrayList<Said>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(Said.parse(line));
                if (said.size() == LINES) {
                    assertHeldBy(process.pid(), url);
                    process.toHandle().destroyForcibly(); // Process itself would close the pipe unread
                }
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(said).as("lines before the kill").hasSizeGreaterThanOrEqualTo(LINES);
        return said;
    }

    private static void assertHeldBy(long pid, URI url) {
        var held = catchThrowableOfType(VolumeHeldException.class, () -> Volume.open(url, MountOptions.PLAIN));
        assertThat(held.pid()).isEqualTo(pid);
        assertThat(held.controlSocket()).contains(Path.of(BusyProcess.SOCKET));
        assertThat(held).hasMessageContaining("process " + pid).hasMessageContaining(BusyProcess.SOCKET);
    }

    @Test
    void theRootOfTheTreeIsTheOnlyInodeOfANewVolume() throws Exception {
        URI url = URI.create("rocksdb://" + folder.resolve("new"));
        Volume.create(url, new VolumeFormat("new", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0));
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            VolumeTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
            assertThat(tree.list(FileTree.ROOT, null, 10, true)).isEmpty();
            assertThat(tree.usage().usedInodes()).isZero();
        }
    }
}
