package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;

/** A file system mounted for a test; it is unmounted at the end, whatever happens. */
record Mounts(MountPoint point, FuseMount mount) implements AutoCloseable {
    static final Duration END_DEADLINE = Duration.ofSeconds(20);

    /** Ends the test where the machine has no FUSE, aloud; for root and for CI that is a failure. */
    static void requireFuse() {
        boolean there = Files.exists(Path.of(FuseDevice.PATH));
        if (!there && (isRoot() || "true".equals(System.getenv("CI")))) {
            throw new AssertionError(FuseDevice.PATH + " is missing");
        }
        Assumptions.assumeTrue(there, FuseDevice.PATH + " is missing: no mount can be tested");
    }

    static boolean isRoot() {
        return LinuxMounts.effectiveUser() == 0;
    }

    static Mounts of(FileSystem fileSystem, Path directory, FuseSettings settings) throws IOException {
        MountPoint point = MountPoint.mount(directory, "test", settings);
        try {
            return new Mounts(point, FuseMount.serve(point.takeDescriptor(), fileSystem, settings));
        } catch (IOException | RuntimeException e) {
            point.close();
            throw e;
        }
    }

    Path path(String name) {
        return point.directory().resolve(name);
    }

    @Override
    public void close() throws IOException {
        try {
            point.close();
            if (!mount.awaitEnd(END_DEADLINE)) {
                throw new AssertionError("the kernel still sends requests " + END_DEADLINE + " after the unmount");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            mount.close();
        }
    }
}
