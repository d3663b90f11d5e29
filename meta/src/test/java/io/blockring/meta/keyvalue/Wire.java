package io.blockring.meta.keyvalue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What stands between a client and a server of loopback: it may lose answers, and bring questions late. */
final class Wire implements AutoCloseable {
    private enum Mode {
        PASS,
        LOSE_ANSWERS,
        HOLD_QUESTIONS
    }

    private record Connection(Socket client, Socket server, ByteArrayOutputStream held) {}

    private final int serverPort;
    private final ServerSocket listening;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile Mode mode = Mode.PASS;

    Wire(int serverPort) throws IOException {
        this.serverPort = serverPort;
        this.listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    void loseAnswers() {
        mode = Mode.LOSE_ANSWERS;
    }

    void holdQuestions() {
        mode = Mode.HOLD_QUESTIONS;
    }

    /** Whether a question that has this text is held back, and not only what a connection says for itself. */
    boolean holds(String text) {
        return connections.stream()
                .anyMatch(connection ->
                        connection.held().toString(StandardCharsets.ISO_8859_1).contains(text));
    }

    /** Breaks all connections of the client, and lets later ones be as they should. */
    void breakAndPass() {
        mode = Mode.PASS;
        connections.forEach(connection -> closeQuietly(connection.client()));
    }

    /** Brings the server what was held back. */
    void bringLate() throws IOException {
        for (Connection connection : connections) {
            connection.held().writeTo(connection.server().getOutputStream());
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                var server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                var connection = new Connection(client, server, new ByteArrayOutputStream());
                connections.add(connection);
                threads.execute(() -> questions(connection));
                threads.execute(() -> answers(connection));
            } catch (IOException _) {
                // It was closed, or the server is away: the client will hear of it.
            }
        }
    }

    private void questions(Connection connection) {
        byte[] bytes = new byte[65_536];
        try {
            int count = connection.client().getInputStream().read(bytes);
            while (count >= 0) {
                if (mode == Mode.HOLD_QUESTIONS) {
                    connection.held().write(bytes, 0, count);
                } else {
                    connection.server().getOutputStream().write(bytes, 0, count);
                }
                count = connection.client().getInputStream().read(bytes);
            }
        } catch (IOException _) {
            // The connection is broken.
        }
        if (connection.held().size() == 0) {
            closeQuietly(connection.server());
        }
    }

    private void answers(Connection connection) {
        byte[] bytes = new byte[65_536];
        try {
            int count = connection.server().getInputStream().read(bytes);
            while (count >= 0) {
                if (mode != Mode.LOSE_ANSWERS && !connection.client().isClosed()) {
                    connection.client().getOutputStream().write(bytes, 0, count);
                }
                count = connection.server().getInputStream().read(bytes);
            }
        } catch (IOException _) {
            // The connection is broken.
        }
        closeQuietly(connection.client());
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Connection connection : connections) {
            connection.client().close();
            connection.server().close();
        }
        threads.close();
    }
}
