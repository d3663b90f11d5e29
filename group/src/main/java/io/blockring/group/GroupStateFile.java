package io.blockring.group;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node remembers of its group, so that it can start and serve while the store of the log does not answer.
 *
 * <p>It is written whole or not at all. It is no more than a memory: one that cannot be read is forgotten.
 */
final class GroupStateFile {
    private static final Logger LOG = LoggerFactory.getLogger(GroupStateFile.class);

    private final Path path;
    private final Path unfinished;

    GroupStateFile(Path directory) {
        path = directory.resolve("group-state");
        unfinished = directory.resolve("group-state.new");
    }

    /** The state written last; {@link GroupState#NONE} when there is none. */
    GroupState read() throws IOException {
        try {
            return RecordCodec.decodeState(path.toString(), Files.readAllBytes(path));
        } catch (NoSuchFileException _) {
            return GroupState.NONE;
        } catch (GroupLogException e) {
            LOG.warn("What was agreed last is forgotten and read from the log again: {}", e.getMessage());
            return GroupState.NONE;
        }
    }

    void write(GroupState state) throws IOException {
        Files.createDirectories(path.getParent());
        ByteBuffer bytes = ByteBuffer.wrap(RecordCodec.encode(state));
        try (FileChannel file = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        }
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
