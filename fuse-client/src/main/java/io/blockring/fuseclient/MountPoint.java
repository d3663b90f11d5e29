package io.blockring.fuseclient;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory with our file system on it: by {@code mount(2)} for root, by {@code fusermount3} for everybody else.
 *
 * <p>Whoever touches the directory waits until a {@link FuseMount} serves the descriptor.
 */
public final class MountPoint implements AutoCloseable {
    /** What {@code mount} and {@code df -T} call our file system. */
    public static final String TYPE = "fuse.blockring";

    private static final Logger log = LoggerFactory.getLogger(MountPoint.class);
    private static final String SUBTYPE = "blockring";
    private static final int NONE = -1;
    private static final int ROOT = 0;

    /** How long a mount that is there already may take to show that it is alive. */
    private static final Duration PROBE_DEADLINE = Duration.ofSeconds(5);

    private final Path directory;
    private final String device;
    private final AtomicInteger descriptor;
    private final AtomicBoolean unmounted = new AtomicBoolean();

    private MountPoint(Path directory, String device, int descriptor) {
        this.directory = directory;
        this.device = device;
        this.descriptor = new AtomicInteger(descriptor);
    }

    /**
     * Mounts at {@code directory}, which must exist. What a dead mount of ours left there is taken away first;
     * anything else that is mounted there is left alone, and refused.
     *
     * @param source what is mounted, for the eyes of {@code df} and {@code mount}
     */
    public static MountPoint mount(Path directory, String source, FuseSettings settings) throws IOException {
        Path named = withoutLinksAbove(directory.toAbsolutePath());
        removeDeadMount(named); // before anything else looks at it: a dead mount fails every look
        Path target = named.toRealPath();
        if (!target.equals(named)) {
            removeDeadMount(target);
        }
        if (!Files.isDirectory(target)) {
            throw new NotDirectoryException(target.toString());
        }
        int descriptor = isRoot() ? mountAsRoot(target, source, settings) : mountAsUser(target, source, settings);
        try {
            String device = MountTable.at(target).map(MountTable.Mount::device).orElse("");
            var mountPoint = new MountPoint(target, device, descriptor);
            mountPoint.setReadAhead(settings.readAheadBytes());
            return mountPoint;
        } catch (IOException | RuntimeException e) {
            unmountLazily(target);
            Linux.close(descriptor);
            throw e;
        }
    }

    private static Path withoutLinksAbove(Path absolute) throws IOException {
        Path parent = absolute.normalize().getParent();
        Path name = absolute.normalize().getFileName();
        return parent == null || name == null
                ? absolute.normalize()
                : parent.toRealPath().resolve(name);
    }

    private static boolean isRoot() {
        return LinuxMounts.effectiveUser() == ROOT;
    }

    private static void removeDeadMount(Path target) throws IOException {
        Optional<MountTable.Mount> found = MountTable.at(target);
        if (found.isEmpty()) {
            return;
        }
        MountTable.Mount mount = found.get();
        if (!mount.type().equals(TYPE)) {
            throw new IOException(
                    "%s is a mount already: %s of type %s".formatted(target, mount.source(), mount.type()));
        }
        if (!isDead(target)) {
            throw new IOException("%s is mounted already, and alive: %s".formatted(target, mount.source()));
        }
        log.info("Taking away the mount at {} that a dead process left", target);
        unmountLazily(target);
    }

    /** Whether the process behind the mount at {@code target} is gone. One that does not answer is not dead. */
    private static boolean isDead(Path target) throws IOException {
        var probe = new CompletableFuture<Integer>();
        Thread.ofPlatform()
                .daemon()
                .name("mount-probe")
                .start(() -> probe.complete(LinuxMounts.statfs(target.toString())));
        try {
            int result = probe.get(PROBE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            return Errno.ENOTCONN.is(result);
        } catch (TimeoutException e) {
            throw new IOException(
                    "%s is mounted already, and does not answer within %s".formatted(target, PROBE_DEADLINE), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the mount at " + target + " is probed", e);
        }
    }

    private static int mountAsRoot(Path target, String source, FuseSettings settings) throws IOException {
        FuseDevice device = FuseDevice.open();
        String options = "fd=%d,rootmode=40000,user_id=%d,group_id=%d,default_permissions%s"
                .formatted(
                        device.descriptor(),
                        LinuxMounts.effectiveUser(),
                        LinuxMounts.effectiveGroup(),
                        settings.allowOther() ? ",allow_other" : "");
        int flags = LinuxMounts.MS_NOSUID | LinuxMounts.MS_NODEV | (settings.readOnly() ? LinuxMounts.MS_RDONLY : 0);
        int result = LinuxMounts.mount(source, target.toString(), TYPE, flags, options);
        if (result < 0) {
            device.close();
            throw new IOException("%s cannot be mounted: %s".formatted(target, Errno.text(-result)));
        }
        return device.descriptor();
    }

    private static int mountAsUser(Path target, String source, FuseSettings settings) throws IOException {
        // A comma or a backslash in a value is written with a backslash before it.
        String name = source.replace("\\", "\\\\").replace(",", "\\,");
        String options = "fsname=%s,subtype=%s,default_permissions%s%s"
                .formatted(
                        name, SUBTYPE, settings.allowOther() ? ",allow_other" : "", settings.readOnly() ? ",ro" : "");
        return Fusermount.find().mount(target, options);
    }

    /** The kernel's own default (128 KiB) caps what INIT asks for, and only root can raise it. */
    private void setReadAhead(int readAheadBytes) {
        Path setting = Path.of("/sys/class/bdi", device, "read_ahead_kb");
        if (!isRoot() || device.isEmpty() || !Files.isWritable(setting)) {
            log.debug("The kernel's read-ahead stays as it is: {} is not writable", setting);
            return;
        }
        try {
            Files.writeString(setting, Integer.toString(readAheadBytes >> 10));
        } catch (IOException e) {
            log.warn("The kernel's read-ahead stays as it is: {}", e.toString());
        }
    }

    /** Where it is, without links. */
    public Path directory() {
        return directory;
    }

    /** The open descriptor, once: it belongs to the taker, who gives it to {@link FuseMount#serve}. */
    public int takeDescriptor() {
        int taken = descriptor.getAndSet(NONE);
        if (taken == NONE) {
            throw new IllegalStateException("the descriptor of " + directory + " is taken");
        }
        return taken;
    }

    /**
     * Takes the directory out of the tree at once; files that are open stay usable until they are closed. Does
     * nothing where it is no longer our mount.
     */
    public void unmount() throws IOException {
        if (!unmounted.compareAndSet(false, true)) {
            return;
        }
        boolean stillOurs = MountTable.at(directory)
                .filter(mount -> mount.device().equals(device))
                .isPresent();
        if (stillOurs) {
            unmountLazily(directory);
        }
    }

    private static void unmountLazily(Path target) throws IOException {
        if (isRoot()) {
            int result = LinuxMounts.umount(target.toString(), LinuxMounts.MNT_DETACH | LinuxMounts.UMOUNT_NOFOLLOW);
            if (result < 0) {
                throw new IOException("%s cannot be unmounted: %s".formatted(target, Errno.text(-result)));
            }
        } else {
            Fusermount.find().unmountLazily(target);
        }
    }

    @Override
    public void close() throws IOException {
        int mine = descriptor.getAndSet(NONE);
        try {
            unmount();
        } finally {
            if (mine != NONE) {
                Linux.close(mine);
            }
        }
    }
}
