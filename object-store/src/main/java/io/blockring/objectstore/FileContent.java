package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;

import io.blockring.objectstore.ObjectStore.ObjectContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/** The bytes of an object that is a file; the file stays the same whatever its name means later. */
final class FileContent implements ObjectContent {
    /** What one call asks of the operating system: a memory on the heap is copied through a buffer of that size. */
    static final int MAX_STEP_BYTES = 1 << 20;

    private final FileChannel file;
    private final String key;
    private final long offset;
    private final long length;
    private final String eTag;
    private long done;
    private boolean closed;

    FileContent(FileChannel file, String key, long offset, long length, String eTag) {
        this.file = file;
        this.key = key;
        this.offset = offset;
        this.length = length;
        this.eTag = eTag;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public String eTag() {
        return eTag;
    }

    @Override
    public int read(MemorySegment into) throws ObjectStoreException {
        int wanted = ReadStep.bytes(into, length - done, closed);
        if (wanted < 0) {
            return -1;
        }
        try {
            int count =
                    file.read(into.asSlice(0, Math.min(wanted, MAX_STEP_BYTES)).asByteBuffer(), offset + done);
            if (count < 1) {
                throw new ObjectStoreException(RETRY, "the file of '" + key + "' ends at " + (offset + done));
            }
            done += count;
            return count;
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) {
            throw new ObjectStoreException(RETRY, "cannot read '" + key + "': " + e, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
