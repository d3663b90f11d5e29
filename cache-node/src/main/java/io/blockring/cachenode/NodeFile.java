package io.blockring.cachenode;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/**
 * What a running node says of itself in its directory, for those who start and watch it.
 *
 * @param control address of the control service, {@code host:port}; the others likewise
 * @param blockSocket path of the Unix socket; empty for none
 * @param pid of the process
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeFile(
        UUID id,
        String name,
        String group,
        String control,
        String block,
        String blockSocket,
        String cluster,
        String http,
        long pid) {
    /** The name of the file in the node's directory. */
    public static final String NAME = "node.json";

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Reads the file of the node whose directory this is. */
    public static NodeFile read(Path directory) throws IOException {
        return JSON.readValue(directory.resolve(NAME).toFile(), NodeFile.class);
    }

    static void write(Path directory, NodeIdentity identity) throws IOException {
        var addresses = identity.addresses();
        var file = new NodeFile(
                identity.id(),
                identity.name(),
                identity.group(),
                addresses.control(),
                addresses.block(),
                addresses.blockSocket(),
                addresses.cluster(),
                addresses.http(),
                ProcessHandle.current().pid());
        WholeFile.write(directory.resolve(NAME), JSON.writeValueAsString(file) + "\n");
    }
}
