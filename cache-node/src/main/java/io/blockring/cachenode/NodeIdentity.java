package io.blockring.cachenode;

import io.blockring.group.NodeAddresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Who a node is, and where it listens.
 *
 * @param id made when the directory was first used; it stays when name and addresses change
 */
record NodeIdentity(UUID id, String group, String name, NodeAddresses addresses, String softwareVersion) {
    private static final String ID_FILE = "node-id";

    /** The id of the node whose directory this is, made and kept there when it has none. */
    static UUID idOf(Path directory) throws IOException {
        Path file = directory.resolve(ID_FILE);
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            WholeFile.write(file, UUID.randomUUID() + "\n");
        }
        String text = Files.readString(file).strip();
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " has no node id: \"" + text + "\"", e);
        }
    }

    NodeIdentity at(NodeAddresses newAddresses) {
        return new NodeIdentity(id, group, name, newAddresses, softwareVersion);
    }
}
