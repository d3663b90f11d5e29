package io.blockring.bench;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RunningProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A Redis server without persistence; its plain transactions are counted by its own {@code redis-benchmark}. */
final class BenchRedis implements MetadataFigure.Engine, AutoCloseable {
    /** The writes of a new file in one step at the server, as a transaction of ours is. */
    private static final String SCRIPT = "redis.call('SET',KEYS[1],ARGV[1]) redis.call('HSET',KEYS[2],ARGV[2],ARGV[1])"
            + " redis.call('SET',KEYS[3],ARGV[1]) return 1";

    private static final String RECORD = "x".repeat(72);

    private final int port;
    private final RunningProgram server;

    private BenchRedis(int port, RunningProgram server) {
        this.port = port;
        this.server = server;
    }

    static BenchRedis start(Path folder) throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<String> command = List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--save",
                "",
                "--dir",
                folder.toString());
        RunningProgram server = RunningProgram.start("redis-server", command, Map.of(), folder.resolve("log"));
        server.await("redis-server", () -> connects(port) ? Optional.of(true) : Optional.empty());
        return new BenchRedis(port, server);
    }

    private static boolean connects(int port) {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false; // not yet
        }
    }

    @Override
    public String label() {
        return "redis";
    }

    @Override
    public String volume(Path folder) {
        return "redis://127.0.0.1:" + port + "/1";
    }

    @Override
    public double plainTransactions(int clients, int count) throws IOException {
        List<String> command = List.of(
                "redis-benchmark",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-c",
                Integer.toString(clients),
                "-n",
                Integer.toString(count),
                "-r",
                "1000000",
                "--csv",
                "EVAL",
                SCRIPT,
                "3",
                "i__rand_int__",
                "d1",
                "i1",
                RECORD,
                "__rand_int__");
        String[] lines =
                Program.run(Map.of(), null, command).orFail().out().strip().split("\n", -1);
        String[] fields = lines[lines.length - 1].split("\",\"", -1);
        if (fields.length < 2) {
            throw new IOException("redis-benchmark said " + lines[lines.length - 1]);
        }
        return Double.parseDouble(fields[1].replace("\"", ""));
    }

    @Override
    public void close() {
        server.close();
    }
}
