package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a file system to the kernel at the other end of an open {@code /dev/fuse} descriptor.
 *
 * <p>How the descriptor came to be is not its business: see {@link MountPoint}, or receive one from another process.
 * The file system is called by many threads at once, and outlives the mount. An unmount may drop the last RELEASE
 * requests that the kernel has not sent yet: their handles end with {@link FileSystem#close}.
 *
 * <p>A thread that is in {@code read}, {@code write}, {@code flush} or {@code sync} is interrupted when the caller
 * behind it is killed: it should then end soon, with INTERRUPTED. A {@code FileChannel} on that thread would be
 * closed by the interrupt, for all of its users.
 */
public final class FuseMount implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FuseMount.class);

    /** How long running requests have to end. Each has a deadline of its own, which is shorter. */
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(60);

    private final FuseDevice device;
    private final FileSystem fileSystem;
    private final Notifications notifications;
    private final RunningRequests running;
    private final LockWaits lockWaits;
    private final ReaderCrew crew;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FuseMount(
            FuseDevice device,
            FileSystem fileSystem,
            Notifications notifications,
            RunningRequests running,
            LockWaits lockWaits,
            ReaderCrew crew) {
        this.device = device;
        this.fileSystem = fileSystem;
        this.notifications = notifications;
        this.running = running;
        this.lockWaits = lockWaits;
        this.crew = crew;
    }

    /**
     * Greets the kernel and serves it from then on.
     *
     * @param descriptor of a mount that nobody has served yet; it is this mount's to close, also when this fails
     */
    public static FuseMount serve(int descriptor, FileSystem fileSystem, FuseSettings settings) throws IOException {
        return serve(descriptor, fileSystem, settings, Callers::isDying);
    }

    /** The same with another opinion of which threads are being killed. */
    static FuseMount serve(int descriptor, FileSystem fileSystem, FuseSettings settings, IntPredicate isDying)
            throws IOException {
        FuseDevice device = FuseDevice.of(descriptor);
        try {
            Handshake.Agreed agreed = Handshake.perform(device, settings);
            log.debug("Agreed with the kernel: {}", agreed);
            var notifications = new Notifications(device);
            var running = new RunningRequests(isDying);
            var lockWaits = new LockWaits(running);
            var operations = new Operations(
                    fileSystem, new InodeReplies(settings, notifications), lockWaits, !settings.readOnly());
            var crew = new ReaderCrew(device, operations, running, lockWaits, settings);
            var mount = new FuseMount(device, fileSystem, notifications, running, lockWaits, crew);
            mount.start();
            return mount;
        } catch (IOException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private void start() {
        notifications.start();
        running.start();
        fileSystem.tellKernel(notifications);
        crew.start();
    }

    /** What the kernel keeps, for changes that come from below the file system. */
    public FileSystem.KernelCache kernel() {
        return notifications;
    }

    /** Whether requests are still served; false after an unmount. */
    public boolean isServing() {
        return !crew.isEnded();
    }

    /** Waits until the kernel sends no more requests: the mount is gone, and nothing in it is open any more. */
    public boolean awaitEnd(Duration timeout) throws InterruptedException {
        return crew.awaitEnd(timeout);
    }

    /** The descriptor, for another process to share. */
    public int descriptor() {
        return device.descriptor();
    }

    /**
     * Ends the service after the running requests. What the kernel still has, and a mount that was not unmounted,
     * answers "Transport endpoint is not connected" from then on. The file system stays open.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        lockWaits.close();
        crew.stop();
        boolean ended = awaitEndUninterruptibly();
        fileSystem.tellKernel(null);
        notifications.close();
        running.close();
        if (ended) {
            crew.freeStopEvent();
            device.close();
        } else {
            log.error("Requests are still running after {}; their descriptors stay open", CLOSE_DEADLINE);
        }
    }

    private boolean awaitEndUninterruptibly() {
        boolean interrupted = false;
        long deadline = System.nanoTime() + CLOSE_DEADLINE.toNanos();
        try {
            while (true) {
                try {
                    return crew.awaitEnd(Duration.ofNanos(deadline - System.nanoTime()));
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
