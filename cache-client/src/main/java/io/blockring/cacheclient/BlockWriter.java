package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.codec.DamagedObjectException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts blocks into the object store without ever changing one: a block's name stands for its bytes for good, and two
 * writers that were given the same slice id must not overwrite each other. After an answer that leaves it open whether
 * the put happened, the object is read and compared.
 *
 * <p>A store that has no conditional put says so once; from then on blocks are put without.
 */
final class BlockWriter {
    private static final Logger log = LoggerFactory.getLogger(BlockWriter.class);
    private static final int ATTEMPTS = 3;
    private static final int COMPARED_AT_ONCE_BYTES = 256 << 10;

    private final BlockObjects objects;
    private volatile PutCondition condition = PutCondition.IF_ABSENT;

    BlockWriter(BlockObjects objects) {
        this.objects = objects;
    }

    /** Puts {@code object}, which was made of the block {@code plain}, and is the same where blocks are objects. */
    void write(BlockKey.Slice key, MemorySegment object, MemorySegment plain) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                objects.store().put(objects.nameOf(key), object, condition);
                return;
            } catch (ObjectStoreException e) {
                if (isThere(key, plain, e)) {
                    return;
                }
                boolean worthRepeating = e.kind() == Kind.UNCLEAR || withoutCondition(e);
                if (!worthRepeating || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Whether the object has this block, when the failure leaves that open; fails when it has another. */
    private boolean isThere(BlockKey.Slice key, MemorySegment plain, ObjectStoreException failure) throws IOException {
        if (failure.kind() != Kind.EXISTS && failure.kind() != Kind.UNCLEAR) {
            return false;
        }
        try {
            boolean same =
                    objects.codec().isPlain() ? hasBytes(objects.nameOf(key), plain) : objects.isBlock(key, plain);
            if (same) {
                return true;
            }
        } catch (DamagedObjectException e) {
            log.debug("the object that is there is not the block", e);
        } catch (ObjectStoreException e) {
            if (e.kind() != Kind.NOT_FOUND || failure.kind() != Kind.UNCLEAR) {
                e.addSuppressed(failure);
                throw e;
            }
            return false;
        }
        throw new ObjectStoreException(
                Kind.EXISTS,
                objects.nameOf(key) + " is there with other bytes: another writer was given the same slice id. A volume"
                        + " whose metadata was restored has to be told so before it is written to.",
                failure);
    }

    private boolean hasBytes(String name, MemorySegment bytes) throws ObjectStoreException {
        try (var content = objects.store().get(name, 0, bytes.byteSize() + 1, null);
                var arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(COMPARED_AT_ONCE_BYTES);
            boolean same = content.length() == bytes.byteSize();
            long at = 0;
            while (same && at < bytes.byteSize()) {
                int read = content.read(part);
                same = read > 0
                        && MemorySegment.mismatch(part, 0, read, bytes, at, Math.min(at + read, bytes.byteSize()))
                                == -1;
                at += Math.max(0, read);
            }
            return same;
        }
    }

    private boolean withoutCondition(ObjectStoreException e) {
        if (e.kind() != Kind.INVALID || condition == PutCondition.ALWAYS) {
            return false;
        }
        log.warn("the object store refuses conditional puts; blocks are put without from now on", e);
        condition = PutCondition.ALWAYS;
        return true;
    }
}
