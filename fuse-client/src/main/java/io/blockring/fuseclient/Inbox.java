package io.blockring.fuseclient;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * Where one thread waits for its next request.
 *
 * <p>It reads without waiting and, where there is nothing, waits for the device and for the end of the crew at once.
 * EPOLLEXCLUSIVE makes a request wake one thread, as a waiting read would.
 */
final class Inbox implements AutoCloseable {
    private static final int EVENTS_AT_ONCE = 2;

    private final FuseDevice device;
    private final int epoll;
    private final MemorySegment events;
    private final BooleanSupplier stopping;

    /** @param stopEvent an eventfd that can be read once {@code stopping} is true */
    Inbox(FuseDevice device, int stopEvent, BooleanSupplier stopping, Arena arena) throws IOException {
        this.device = device;
        this.stopping = stopping;
        this.events = arena.allocate(EVENTS_AT_ONCE * Linux.EPOLL_EVENT_BYTES, Long.BYTES);
        this.epoll = succeeded("epoll_create1", Linux.epollCreate());
        try {
            succeeded("epoll_ctl", Linux.epollAdd(epoll, device.descriptor(), Linux.EPOLLIN | Linux.EPOLLEXCLUSIVE));
            succeeded("epoll_ctl", Linux.epollAdd(epoll, stopEvent, Linux.EPOLLIN));
        } catch (IOException e) {
            Linux.close(epoll);
            throw e;
        }
    }

    private static int succeeded(String call, int result) throws IOException {
        if (result < 0) {
            throw new IOException(call + ": " + Errno.text(-result));
        }
        return result;
    }

    /** The bytes of the next request, or 0 when none will come: unmounted, or the crew is stopping. */
    long next(MemorySegment into) throws IOException {
        while (!stopping.getAsBoolean()) {
            long result = device.read(into);
            if (result > 0) {
                return result;
            }
            if (result == 0 || Errno.ENODEV.is(result) || Errno.ECONNRESET.is(result)) {
                return 0;
            }
            if (Errno.EAGAIN.is(result)) {
                await();
            } else if (!Errno.EINTR.is(result) && !Errno.ENOENT.is(result)) { // ENOENT: aborted before we had it
                throw new IOException("reading a request: " + Errno.text((int) -result));
            }
        }
        return 0;
    }

    private void await() throws IOException {
        int result = Linux.epollWait(epoll, events);
        if (result < 0 && !Errno.EINTR.is(result)) {
            throw new IOException("epoll_wait: " + Errno.text(-result));
        }
    }

    @Override
    public void close() {
        Linux.close(epoll);
    }
}
