package io.blockring.systemtests.juicefs;

import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A volume that a mount of ours and JuiceFS's core 1.0.2 use at once.
 *
 * @param mount where we have it
 * @param core JuiceFS, which has it too
 */
record SharedVolume(Path mount, JuiceFsCore core) implements AutoCloseable {
    /** Makes the volume at {@code meta} with the settings {@code more}, in a bucket below {@code folder}, and opens it twice. */
    static SharedVolume open(TestCluster cluster, String meta, Path folder, String... more) throws IOException {
        Path bucket = Files.createTempDirectory(folder, "bucket");
        List<String> create = new ArrayList<>(List.of("volume", "create", "lab", "--meta", meta));
        create.addAll(List.of("--storage", "file://" + bucket, "--compat", "1.0", "--trash-days", "0"));
        create.addAll(List.of(more));
        cluster.cachectl(create.toArray(String[]::new)).orFail();
        return new SharedVolume(cluster.mount(meta), JuiceFsCore.open(meta, folder));
    }

    @Override
    public void close() throws IOException {
        core.close();
    }

    /** What both do in turns in a new directory. */
    InTurns inTurns(long seed) throws IOException {
        Path shared = Files.createDirectory(mount.resolve("shared"));
        return new InTurns(new InTurns.Mounted(shared), new InTurns.Core(core, "/shared"), seed);
    }

    static void write(Path file, long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }
}
