package io.blockring.tikvclient.testing;

import io.blockring.tikvclient.RegionSplit;
import io.blockring.tikvclient.TikvCluster;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.TikvSecurity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A real placement driver, and a small real server that speaks the protocol of a TiKV store, on loopback: the programs
 * that {@code PD_SERVER} and {@code UNISTORE_SERVER} name, which {@code verify} has from {@code build/tikv-servers}. The
 * store makes a few regions of its own. A test that needs them is skipped where the environment lacks one of the two.
 */
public final class TikvServers implements AutoCloseable {
    /** Why a test is skipped. */
    public static final String NOT_SHOWN = "PD_SERVER and UNISTORE_SERVER name no programs: TiKV is not shown";

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(10);

    private final Path folder;
    private final String driver;
    private final Process placement;
    private Process store;
    private final int storePort;
    private final int statusPort;

    private TikvServers(Path folder) throws IOException {
        this.folder = folder;
        int port = freePort();
        driver = "127.0.0.1:" + port;
        storePort = freePort();
        statusPort = freePort();
        placement = start(
                folder,
                "pd",
                "PD_SERVER",
                "--name=pd",
                "--data-dir=" + folder.resolve("pd"),
                "--client-urls=http://" + driver,
                "--peer-urls=http://127.0.0.1:" + freePort(),
                "-L",
                "warn");
        Files.createDirectory(folder.resolve("store"));
        // Elections of 10 ticks; by default a tick is a second.
        Files.writeString(folder.resolve("store.toml"), """
                [raftstore]
                raft-base-tick-interval = "100ms"
                raft-store-max-leader-lease = "900ms"
                pd-heartbeat-tick-interval = "1s"
                """);
        try {
            store = startStore();
        } catch (IOException e) {
            end(placement.destroyForcibly());
            throw e;
        }
    }

    /** Starts both with their data in an empty folder, and waits until they answer. */
    public static TikvServers start(Path folder) throws IOException {
        var servers = new TikvServers(folder);
        servers.awaitReady();
        return servers;
    }

    private void awaitReady() throws TikvException {
        long endNanos = System.nanoTime() + START.toNanos();
        while (true) {
            try (TikvCluster cluster = connect(START)) {
                cluster.latest().get(new byte[] {1});
                return;
            } catch (TikvException e) {
                if (System.nanoTime() - endNanos > 0) {
                    close();
                    throw e;
                }
            }
        }
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process startStore() throws IOException {
        return start(
                folder,
                "store",
                "UNISTORE_SERVER",
                "-config",
                "store.toml",
                "-pd",
                driver,
                "-addr",
                "127.0.0.1:" + storePort,
                "-status-addr",
                "127.0.0.1:" + statusPort,
                "-data-dir",
                folder.resolve("store").toString());
    }

    static Process start(Path folder, String name, String program, String... options) throws IOException {
        var command = new ArrayList<>(List.of(Objects.requireNonNull(System.getenv(program))));
        command.addAll(List.of(options));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        // Two of its libraries bring a file of one name; it would refuse to start.
        builder.environment().put("GOLANG_PROTOBUF_REGISTRATION_CONFLICT", "ignore");
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve(name + ".log").toFile()))
                .start();
    }

    /** A client of its own, whose operations wait for so long. */
    public TikvCluster connect(Duration patience) throws TikvException {
        return TikvCluster.connect(List.of(driver), TikvSecurity.NONE, patience);
    }

    /** Host and port of the placement driver. */
    public String driver() {
        return driver;
    }

    /** Lets a region begin at {@code key}. */
    public void splitAt(byte[] key) throws TikvException {
        RegionSplit.at(driver, key, START);
    }

    /** Ends the store at once, as by {@code kill -9}. */
    public void killStore() {
        end(store.destroyForcibly());
    }

    /** Starts it again, with what it had; it refuses to start where it finds its folder for snapshots. */
    public void restartStore() throws IOException {
        Files.deleteIfExists(folder.resolve("store/snap"));
        store = startStore();
    }

    @Override
    public void close() {
        end(store.destroyForcibly());
        end(placement.destroyForcibly());
    }

    static void end(Process process) {
        try {
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }
}
