package io.blockring.systemtests.juicefs;

import io.blockring.systemtests.rig.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/** Two clients that write to the same files of one directory, in turns from a seed; after each both must see the same. */
final class InTurns {
    /** Longer than a kernel trusts what it was told. */
    static final Duration KEPT = Duration.ofSeconds(30);

    private static final int NAMES = 6;

    /** A client of the volume and a directory that it works in. */
    interface Client {
        void write(String name, long offset, int seed, int length) throws IOException;

        void rename(String from, String to) throws IOException;

        void delete(String name) throws IOException;

        /** Fails unless the client comes to see the file so; null for none. */
        void mustSee(String name, byte @Nullable [] content) throws IOException;
    }

    /** A directory in a mount. */
    record Mounted(Path directory) implements Client {
        @Override
        public void write(String name, long offset, int seed, int length) throws IOException {
            SharedVolume.write(directory.resolve(name), offset, Pattern.bytes(seed, length));
        }

        @Override
        public void rename(String from, String to) throws IOException {
            Files.move(directory.resolve(from), directory.resolve(to));
        }

        @Override
        public void delete(String name) throws IOException {
            Files.delete(directory.resolve(name));
        }

        @Override
        public void mustSee(String name, byte @Nullable [] content) {
            Path file = directory.resolve(name);
            if (content == null) {
                awaitGone(file);
            } else {
                // Close-to-open: once the name is there, its content is.
                byte[] read = Await.untilPresent(file + " is there", KEPT, () -> ifThere(file));
                Assertions.assertThat(read).as(file.toString()).isEqualTo(content);
            }
        }
    }

    /** A directory of JuiceFS's core, which trusts nothing that it was told before. */
    record Core(JuiceFsCore core, String directory) implements Client {
        @Override
        public void write(String name, long offset, int seed, int length) {
            JuiceFsCore.assertDone(core.call("write", directory + "/" + name, offset, seed, length));
        }

        @Override
        public void rename(String from, String to) {
            JuiceFsCore.assertDone(core.call("rename", directory + "/" + from, directory + "/" + to));
        }

        @Override
        public void delete(String name) {
            JuiceFsCore.assertDone(core.call("delete", directory + "/" + name));
        }

        @Override
        public void mustSee(String name, byte @Nullable [] content) {
            Assertions.assertThat(core.call("sum", directory + "/" + name))
                    .as(name)
                    .isEqualTo(content == null ? JuiceFsCore.NO_SUCH_FILE : Pattern.sum(content));
        }
    }

    private final List<Client> clients;
    private final Random random;
    private final Map<String, byte[]> model = new TreeMap<>();
    private int turn;

    InTurns(Client one, Client other, long seed) {
        clients = List.of(one, other);
        random = new Random(seed);
    }

    /** The kernel trusts a name for a second. */
    static void awaitGone(Path file) {
        Await.until(file + " is gone", KEPT, () -> !Files.exists(file, LinkOption.NOFOLLOW_LINKS));
    }

    static void awaitThere(Path file) {
        Await.until(file + " is there", KEPT, () -> Files.exists(file, LinkOption.NOFOLLOW_LINKS));
    }

    /** What a file holds; nothing where the kernel still trusts an older name. */
    private static Optional<byte[]> ifThere(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Goes on for so many turns. */
    void take(int turns) throws IOException {
        for (int end = turn + turns; turn < end; turn++) {
            String name = "n" + random.nextInt(NAMES);
            Client client = clients.get(random.nextInt(clients.size()));
            switch (random.nextInt(4)) {
                case 0, 1 -> write(client, name);
                case 2 -> {
                    String other = "n" + random.nextInt(NAMES);
                    if (model.containsKey(name) && !model.containsKey(other)) {
                        client.rename(name, other);
                        model.put(other, model.remove(name));
                        compare(other);
                    }
                }
                default -> {
                    if (model.remove(name) != null) {
                        client.delete(name);
                    }
                }
            }
            compare(name);
        }
    }

    private void write(Client client, String name) throws IOException {
        byte[] old = model.getOrDefault(name, new byte[0]);
        int offset = random.nextInt(old.length + 100_000);
        byte[] bytes = Pattern.bytes(turn, 1 + random.nextInt(300_000));
        client.write(name, offset, turn, bytes.length);
        byte[] all = Arrays.copyOf(old, Math.max(old.length, offset + bytes.length));
        System.arraycopy(bytes, 0, all, offset, bytes.length);
        model.put(name, all);
    }

    private void compare(String name) throws IOException {
        for (Client client : clients) {
            client.mustSee(name, model.get(name));
        }
    }
}
