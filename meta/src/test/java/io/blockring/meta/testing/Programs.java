package io.blockring.meta.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Programs of the machine that tests start. */
final class Programs {
    /** How long one may take to start, or to die. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private Programs() {}

    static boolean isInstalled(String program) {
        for (String place : System.getenv("PATH").split(":", -1)) {
            if (Files.isExecutable(Path.of(place, program))) {
                return true;
            }
        }
        return false;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until a program that was started takes connections on a port of loopback. */
    static void awaitPort(Process started, int port, Path log) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0 && started.isAlive()) {
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException _) {
                Thread.onSpinWait();
            }
        }
        started.destroyForcibly();
        throw new IOException("a server did not start: " + Files.readString(log));
    }

    /** Ends a program as kill -9 does. */
    static void kill(Process process) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(PATIENCE)) {
                throw new IllegalStateException("process " + process.pid() + " did not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
