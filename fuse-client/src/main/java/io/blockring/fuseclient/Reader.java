package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread of the crew: reads a request, runs it, sends the reply, and reads the next. */
final class Reader implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Reader.class);

    private final ReaderCrew crew;
    private final FuseDevice mount;
    private final Operations operations;
    private final RunningRequests running;
    private final LockWaits lockWaits;
    private final FailureLog failures;
    private final int maxWriteBytes;

    Reader(
            ReaderCrew crew,
            FuseDevice mount,
            Operations operations,
            RunningRequests running,
            LockWaits lockWaits,
            FailureLog failures,
            int maxWriteBytes) {
        this.crew = crew;
        this.mount = mount;
        this.operations = operations;
        this.running = running;
        this.lockWaits = lockWaits;
        this.failures = failures;
        this.maxWriteBytes = maxWriteBytes;
    }

    @Override
    public void run() {
        RunningRequests.Slot slot = running.join();
        try (var arena = Arena.ofShared();
                var device = mount.forOneMoreThread();
                var inbox = new Inbox(device, crew.stopEvent(), crew::isStopping, arena)) {
            try {
                serve(device, inbox, new RequestBuffer(arena, maxWriteBytes), slot);
            } finally {
                lockWaits.leave(device);
            }
        } catch (IOException | RuntimeException | Error e) {
            log.error("A thread that serves the mount ends", e);
        } finally {
            running.leave(slot);
            crew.left();
        }
    }

    private void serve(FuseDevice device, Inbox inbox, RequestBuffer buffer, RunningRequests.Slot slot)
            throws IOException {
        long byteCount = inbox.next(buffer.incoming());
        while (byteCount > 0) {
            crew.taken();
            try {
                serveOne(device, buffer, buffer.incoming().asSlice(0, byteCount), slot);
            } finally {
                crew.free();
            }
            byteCount = inbox.next(buffer.incoming());
        }
    }

    private void serveOne(FuseDevice device, RequestBuffer buffer, MemorySegment bytes, RunningRequests.Slot slot) {
        if (bytes.byteSize() < Request.HEADER_BYTES) {
            log.error("A request of {} bytes, less than its header", bytes.byteSize());
            return;
        }
        boolean whole = Request.isWhole(bytes);
        Request request = Request.in(bytes);
        Opcode opcode = Opcode.ofCode(request.code());
        if (opcode == Opcode.INTERRUPT && whole) {
            interrupt(request);
            return;
        }
        if (opcode != null && !opcode.hasReply()) {
            return; // nobody waits for the end of a forget
        }
        long result = whole ? run(opcode, request, buffer, slot, device) : -Errno.EINVAL.code();
        if (result == Operations.ANSWERED_LATER) {
            return;
        }
        int error = (int) Math.min(result, 0);
        long taken = buffer.sendReply(device, request.unique(), error, Math.max(result, 0));
        sent(taken, opcode, request, buffer.replyBody(), error);
    }

    private void interrupt(Request request) {
        try {
            long unique = RequestBody.Interrupt.of(request).unique();
            if (!lockWaits.breakOff(unique)) {
                running.interrupt(unique);
                // It may have begun to wait between the first look and the note.
                lockWaits.breakOff(unique);
            }
        } catch (FileError e) {
            log.error("A broken INTERRUPT: {}", e.getMessage());
        }
    }

    /** The bytes of the reply's body, or a negative errno. */
    private long run(
            @Nullable Opcode opcode,
            Request request,
            RequestBuffer buffer,
            RunningRequests.Slot slot,
            FuseDevice device) {
        if (opcode == null) {
            return -Errno.ENOSYS.code();
        }
        try {
            return opcode.waitsForData()
                    ? runInterruptibly(opcode, request, buffer, slot, device)
                    : operations.run(opcode, request, buffer, device);
        } catch (FileError e) {
            failures.failed(opcode, request.node(), e);
            return -Errno.of(e.kind()).code();
        } catch (RuntimeException | Error e) {
            log.error("{} of inode {} failed in a way it must not", opcode, request.node(), e);
            return -Errno.EIO.code();
        }
    }

    private long runInterruptibly(
            Opcode opcode, Request request, RequestBuffer buffer, RunningRequests.Slot slot, FuseDevice device)
            throws FileError {
        slot.begin(request);
        try {
            return operations.run(opcode, request, buffer, device);
        } finally {
            slot.end();
            operations.finish(opcode, request);
        }
    }

    private void sent(long result, @Nullable Opcode opcode, Request request, MemorySegment reply, int error) {
        if (result >= 0) {
            return;
        }
        if (error == 0 && opcode != null) {
            operations.replyNotTaken(opcode, reply);
        }
        // ENOENT: the request was aborted. ENODEV: the mount is gone.
        if (!Errno.ENOENT.is(result) && !Errno.ENODEV.is(result)) {
            log.error("The kernel did not take the reply to {} ({}): {}", opcode, request.code(), result);
        }
    }
}
