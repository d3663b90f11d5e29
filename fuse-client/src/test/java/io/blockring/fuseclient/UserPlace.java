package io.blockring.fuseclient;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A place where a user without rights may mount: whoever runs the tests, or {@code nobody} where that is root.
 *
 * <p>For {@code nobody} it lies in a mount namespace of its own, in which {@code /dev/fuse} is for everybody, as it is
 * wherever udev runs; nothing outside changes, and what a test leaves mounted goes with it.
 */
final class UserPlace {
    static final int NOBODY = 65534;
    static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");

    private static final String NAMESPACE = """
            set -e
            mknod "$1/fuse" c 10 229
            chmod 666 "$1/fuse"
            mount --bind "$1/fuse" /dev/fuse
            echo ready
            read wait_until_the_test_ends || true
            """;

    private final Path folder;
    private final Path directory;
    private final String classPath;
    private final List<String> asUser;
    private final @Nullable Process namespace;

    private UserPlace(Path folder, Path directory, String classPath, List<String> asUser, @Nullable Process namespace) {
        this.folder = folder;
        this.directory = directory;
        this.classPath = classPath;
        this.asUser = asUser;
        this.namespace = namespace;
    }

    static UserPlace make() throws IOException {
        Path folder = Files.createTempDirectory("blockring-user");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path directory = Files.createDirectory(folder.resolve("mount"));
        if (!Mounts.isRoot()) {
            Assumptions.assumeTrue(
                    Files.isWritable(Path.of(FuseDevice.PATH)), "users may not open /dev/fuse on this machine");
            return new UserPlace(folder, directory, System.getProperty("java.class.path"), List.of(), null);
        }
        Files.setAttribute(directory, "unix:uid", NOBODY);
        Process namespace = new ProcessBuilder("unshare", "--mount", "sh", "-c", NAMESPACE, "sh", folder.toString())
                .redirectErrorStream(true)
                .start();
        String line = namespace.inputReader(StandardCharsets.UTF_8).readLine();
        if (!"ready".equals(line)) {
            namespace.destroyForcibly();
            throw new IOException("no mount namespace can be made: " + line);
        }
        var asUser = new ArrayList<>(List.of("nsenter", "--mount", "--target", Long.toString(namespace.pid())));
        asUser.addAll(AS_NOBODY);
        return new UserPlace(folder, directory, readableClassPath(folder.resolve("classes")), asUser, namespace);
    }

    /** The class path again, where a user can read it who cannot look into the home of root. */
    private static String readableClassPath(Path target) throws IOException {
        Files.createDirectory(target);
        var entries = new ArrayList<String>();
        for (String entry : System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                Path to = target.resolve(entries.size() + "-" + from.getFileName());
                copy(from, to);
                entries.add(to.toString());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    /** Where the user may mount. */
    Path directory() {
        return directory;
    }

    /** Starts a process of the user that mounts there. */
    MountingProcess mount(boolean allowOther) throws IOException {
        return MountingProcess.start(asUser, classPath, directory, allowOther);
    }

    /** Runs a script as the user; its first argument is the directory. */
    Programs.Result shell(String script) throws Exception {
        return shell(asUser, script, directory);
    }

    static Programs.Result shell(List<String> prefix, String script, Path argument) throws Exception {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of("sh", "-c", script, "sh", argument.toString()));
        return Programs.run(command.toArray(String[]::new));
    }

    /** Whether anything is mounted there, as the user sees it. */
    boolean isMounted() throws Exception {
        return shell("grep -q \" $1 \" /proc/self/mountinfo").exitCode() == 0;
    }

    /** Ends what is mounted there and removes it. */
    void remove() throws Exception {
        if (namespace != null) {
            Programs.kill(namespace);
        } else if (isMounted()) {
            Programs.succeed("fusermount3", "-u", "-z", directory.toString());
        }
        Programs.succeed("rm", "-rf", "--one-file-system", folder.toString());
    }
}
