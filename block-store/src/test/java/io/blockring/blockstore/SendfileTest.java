package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sendfile} has given to a socket stays as it was, whatever becomes of the slot. */
class SendfileTest {
    private static final int BLOCKS = 24;

    @TempDir
    Path directory;

    @Test
    void bytesInASocketOutliveTheirSlot() throws Exception {
        for (int bytes : List.of(40_000, 130_000, 1 << 20)) {
            assertThat(blocksThatChangeInTheirSockets("hot" + bytes, bytes, new FaultyParts(), false))
                    .isZero();
        }
    }

    @Test
    void bytesThatWereReadFromDiskOutliveTheirSlotToo() throws Exception {
        for (int bytes : List.of(40_000, 130_000, 1 << 20)) {
            assertThat(blocksThatChangeInTheirSockets("cold" + bytes, bytes, new FaultyParts(), true))
                    .isZero();
        }
    }

    @Test
    void bytesInASocketOutliveTheirSlotWhereHolesCannotBePunched() throws Exception {
        var parts = new FaultyParts().withoutPunch();
        assertThat(blocksThatChangeInTheirSockets("whole", 130_000, parts, false))
                .isZero();
    }

    @Test
    void withoutTheHoleTheyWouldChange() throws Exception {
        var parts = new FaultyParts().withPunchThatDoesNothing();
        assertThat(blocksThatChangeInTheirSockets("lie", 130_000, parts, false)).isGreaterThan(BLOCKS / 4);
    }

    /** Sends blocks to sockets that nobody reads, puts others into half of their slots, and then reads the sockets. */
    private int blocksThatChangeInTheirSockets(String name, int bytes, FaultyParts parts, boolean cold)
            throws Exception {
        var settings =
                new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve(name), 256 << 20)), 0, 16 << 20);
        try (var store = BlockStore.open(settings, parts.parts())) {
            var old = new ArrayList<BlockKey>();
            for (int i = 1; i <= BLOCKS; i++) {
                old.add(block(1, i, bytes));
                fill(store, old.getLast());
            }
            var oldPlaces = new HashSet<DiskPlace>();
            for (BlockKey key : old) {
                oldPlaces.add(Objects.requireNonNull(store.locate(key)));
            }
            if (cold) {
                dropPages(oldPlaces);
            }
            var sent = new ArrayList<Sent>();
            try {
                for (BlockKey key : old) {
                    sent.add(Sent.of(store, key));
                }
                int reused = replaceEverySecond(store, old, oldPlaces);
                assertThat(reused).isEqualTo(parts.canReuse() ? BLOCKS / 2 : 0);
                int changed = 0;
                for (Sent one : sent) {
                    assertThat(one.byteCount()).isGreaterThan(0);
                    changed += one.arrivesUnchanged() ? 0 : 1;
                }
                store.checkAccounting();
                return changed;
            } finally {
                for (Sent one : sent) {
                    one.close();
                }
            }
        }
    }

    /** Drops every second block and fills as many others; returns how many of these came into the same slots. */
    private static int replaceEverySecond(BlockStore store, List<BlockKey> old, Set<DiskPlace> oldPlaces)
            throws Exception {
        int bytes = old.getFirst().plainBytes();
        for (int i = 0; i < old.size(); i += 2) {
            StoredBlock found = TestBlocks.found(store, old.get(i));
            found.close();
            store.drop(old.get(i), found.generation());
        }
        int reused = 0;
        for (int i = 0; i < old.size() / 2; i++) {
            BlockKey key = block(1, 1000 + i, bytes);
            fill(store, key);
            assertThat(TestBlocks.isThere(store, key)).isTrue();
            reused += oldPlaces.contains(store.locate(key)) ? 1 : 0;
        }
        return reused;
    }

    /** Makes the kernel forget the pages of the files, so that the next read brings them in by read-ahead. */
    private static void dropPages(Set<DiskPlace> places) throws Exception {
        for (Path file : places.stream().map(DiskPlace::file).distinct().toList()) {
            var dd = new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(dd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(dd.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(dd.exitValue()).as(said).isZero();
        }
    }

    /** A block on its way: the part of it that fitted into the socket's buffers. */
    private record Sent(BlockKey key, int byteCount, SocketChannel server, SocketChannel client) {
        static Sent of(BlockStore store, BlockKey key) throws IOException {
            SocketChannel client = null;
            try (var listener =
                    ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                client = SocketChannel.open(listener.getLocalAddress());
                SocketChannel server = listener.accept();
                server.configureBlocking(false);
                try (var block = (StoredBlock.OnDisk) TestBlocks.found(store, key)) {
                    return new Sent(key, send(block, server), server, client);
                }
            }
        }

        private static int send(StoredBlock.OnDisk block, SocketChannel server) throws IOException {
            int sent = 0;
            long step = 1;
            while (step > 0 && sent < block.byteCount()) {
                step = block.file().transferTo(block.fileOffset() + sent, block.byteCount() - sent, server);
                sent += (int) step;
            }
            return sent;
        }

        boolean arrivesUnchanged() throws IOException {
            ByteBuffer arrived = ByteBuffer.allocate(byteCount);
            while (arrived.hasRemaining() && client.read(arrived) >= 0) {}
            return Arrays.equals(arrived.array(), Arrays.copyOf(TestBlocks.bytesOf(key), byteCount));
        }

        void close() throws IOException {
            server.close();
            client.close();
        }
    }
}
