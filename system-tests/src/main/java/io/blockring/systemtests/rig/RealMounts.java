package io.blockring.systemtests.rig;

import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/** Whether this machine can mount. Where it must, a missing device is a failure; elsewhere the test is skipped. */
public final class RealMounts {
    private RealMounts() {}

    /** Skips the test aloud where there is no {@code /dev/fuse}; fails it as root or with {@code CI=true}. */
    public static void require() {
        if (Files.exists(Path.of("/dev/fuse"))) {
            return;
        }
        boolean must = System.getProperty("user.name").equals("root") || "true".equals(System.getenv("CI"));
        if (must) {
            throw new AssertionError("/dev/fuse is missing");
        }
        throw new TestAbortedException("/dev/fuse is missing");
    }
}
