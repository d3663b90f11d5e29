package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open descriptor of {@code /dev/fuse}; one read yields one request, one write takes one reply.
 *
 * <p>The kernel keeps the requests that a descriptor has read by that descriptor: a reply goes to the one that read
 * the request.
 */
final class FuseDevice implements AutoCloseable {
    static final String PATH = "/dev/fuse";

    /** FUSE_DEV_IOC_CLONE, which is _IOR(229, 0, uint32_t). */
    static final long CLONE = 0x8004_E500L;

    private final int descriptor;
    private final boolean owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FuseDevice(int descriptor, boolean owned) {
        this.descriptor = descriptor;
        this.owned = owned;
    }

    /** A device that is no mount yet. */
    static FuseDevice open() throws IOException {
        int descriptor = Linux.open(PATH, Linux.O_RDWR | Linux.O_CLOEXEC | Linux.O_NONBLOCK);
        if (descriptor < 0) {
            throw new IOException(PATH + " cannot be opened: " + Errno.text(-descriptor));
        }
        return new FuseDevice(descriptor, true);
    }

    /** Takes over an open descriptor; it is closed with the device. */
    static FuseDevice of(int descriptor) throws IOException {
        int result = Linux.setNonBlocking(descriptor);
        if (result < 0) {
            throw new IOException("descriptor %d cannot be used: %s".formatted(descriptor, Errno.text(-result)));
        }
        return new FuseDevice(descriptor, true);
    }

    /**
     * A descriptor of the same mount for one more thread, so that threads do not share a lock in the kernel. Where
     * that cannot be (a user who may not open the device) it is this very one.
     */
    FuseDevice forOneMoreThread() {
        int clone = Linux.open(PATH, Linux.O_RDWR | Linux.O_CLOEXEC | Linux.O_NONBLOCK);
        if (clone < 0) {
            return new FuseDevice(descriptor, false);
        }
        try (var arena = Arena.ofConfined()) {
            if (Linux.ioctl(clone, CLONE, arena.allocateFrom(JAVA_INT, descriptor)) < 0) {
                Linux.close(clone);
                return new FuseDevice(descriptor, false);
            }
        }
        return new FuseDevice(clone, true);
    }

    int descriptor() {
        return descriptor;
    }

    /** Bytes read, 0 when the other side is gone, or a negative errno. */
    long read(MemorySegment into) {
        return Linux.read(descriptor, into);
    }

    /** Bytes written, or a negative errno. */
    long write(MemorySegment from) {
        return Linux.write(descriptor, from);
    }

    /** The same of two pieces, which are one reply. */
    long write(MemorySegment first, MemorySegment second, MemorySegment vector) {
        return Linux.write(descriptor, first, second, vector);
    }

    @Override
    public void close() {
        if (owned && closed.compareAndSet(false, true)) {
            Linux.close(descriptor);
        }
    }
}
