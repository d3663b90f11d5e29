package io.blockring.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * A cache group of one node without a memory tier, over an S3 server, with a volume; each a process of its own as
 * users start it. What the node has been asked for once lies on its disk, and in the page cache.
 */
final class OneNode {
    private static final String NODE = "n1";
    private static final String VOLUME = "bench";
    private static final long MIB = 1 << 20;
    /** Room for every block with the slack of its slot, so that nothing is evicted. */
    private static final int ROOM_FACTOR = 2;

    private static final String TCP_ESTABLISHED = "01";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestCluster cluster;
    private final String meta;
    private final Path socket;
    private final Path hiddenSocket;
    private final int port;

    private OneNode(TestCluster cluster, String meta) throws IOException {
        this.cluster = cluster;
        this.meta = meta;
        JsonNode told =
                JSON.readTree(cluster.cacheFolder(NODE).resolve("node.json").toFile());
        socket = Path.of(told.path("blockSocket").asText());
        hiddenSocket = socket.resolveSibling(socket.getFileName() + ".hidden");
        String block = told.path("block").asText();
        port = Integer.parseInt(block.substring(block.lastIndexOf(':') + 1));
    }

    /** Starts it with room for {@code bytes}; {@code closing} ends it. */
    static OneNode start(long bytes, Closing closing) throws IOException {
        Path cache = closing.folder();
        long roomMib = ROOM_FACTOR * bytes / MIB;
        // The rig gives the node a directory of its own; this one has the room.
        TestCluster cluster =
                closing.add(TestCluster.start("--cache-memory", "0", "--cache-dir", cache + ":" + roomMib + "MiB"));
        cluster.withNodes(1);
        return new OneNode(cluster, cluster.createVolume(VOLUME));
    }

    TestCluster cluster() {
        return cluster;
    }

    String meta() {
        return meta;
    }

    long pid() {
        return cluster.node(NODE).pid();
    }

    /** What {@code cachectl volume describe} says. */
    JsonNode volume() {
        return cluster.json("volume", "describe", meta);
    }

    /**
     * From now on new clients take that transport. They take the Unix socket of a node wherever they find it, so for
     * TCP it is given another name, under which nobody looks.
     */
    void offer(Transport transport) throws IOException {
        switch (transport) {
            case TCP -> {
                if (Files.exists(socket)) {
                    Files.move(socket, hiddenSocket);
                }
            }
            case UNIX -> {
                if (Files.exists(hiddenSocket)) {
                    Files.move(hiddenSocket, socket);
                }
                if (!Files.exists(socket)) {
                    throw new IOException("the node has no Unix socket at " + socket);
                }
            }
        }
    }

    /** Fails unless the connections to the node are of that transport. */
    void checkConnections(Transport transport) throws IOException {
        String suffix = ":" + HexFormat.of().withUpperCase().toHexDigits((short) port);
        long tcp = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            tcp += Files.readAllLines(Path.of(table)).stream()
                    .map(line -> line.strip().split("\\s+", -1))
                    .filter(fields -> fields[2].endsWith(suffix) && fields[3].equals(TCP_ESTABLISHED))
                    .count();
        }
        if ((tcp > 0) != (transport == Transport.TCP)) {
            throw new IOException(tcp + " TCP connections to the node, though it was to be " + transport.label());
        }
    }
}
