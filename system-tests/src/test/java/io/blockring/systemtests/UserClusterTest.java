package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.work.FilePrograms;
import io.blockring.systemtests.work.FileWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The S3 server, the nodes, the mount and the programs on it, all as a user without rights, by {@code fusermount3}.
 *
 * <p>Where root runs the tests the user is {@code nobody}, in namespaces of its own: there {@code /dev/fuse} is for
 * everybody, as it is wherever udev runs, and no process outlives the script.
 */
class UserClusterTest {
    /** Makes {@code /dev/fuse} usable below folder $1, then runs the rest of the command line as nobody. */
    private static final String AS_NOBODY = """
            set -e
            mknod "$1/fuse" c 10 229
            chmod 666 "$1/fuse"
            mount --bind "$1/fuse" /dev/fuse
            shift
            exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
            """;

    private static final String START = """
            set -e
            cachectl quickstart --dir "$HOME/quickstart" -o json
            grep " $HOME/quickstart/mnt .* - fuse.blockring .*user_id=$(id -u)" /proc/self/mountinfo
            mkdir "$HOME/plain" "$HOME/quickstart/mnt/tested"
            """;

    private static final String STOP = """
            cachectl quickstart --stop --purge --dir "$HOME/quickstart"
            """;

    private static final Duration SESSION_LIMIT = Duration.ofMinutes(12);

    @TempDir
    private static Path folder;

    private static Path home;
    private static boolean root;

    @BeforeAll
    static void makeAHomeForTheUser() throws IOException {
        RealMounts.require();
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "no fusermount3: apt-get install fuse3");
        root = System.getProperty("user.name").equals("root");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        home = Files.createDirectory(folder.resolve("home"));
        // Copied to where a user can read them who cannot look into the home of root.
        copy(Program.appHome(), folder.resolve("app"));
        copy(
                Path.of(FileWork.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath()),
                folder.resolve("work"));
        Path command = folder.resolve("cachectl");
        List<String> words = Program.cachectl(folder.resolve("app"), "-Xmx64m", List.of());
        Files.writeString(command, "#!/bin/sh\nexec '" + String.join("' '", words) + "' \"$@\"\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (root) {
            program(List.of("chown", "65534:65534", home.toString()));
        }
    }

    @Test
    void aUserHasItAllWithoutRights() throws IOException {
        Path mount = home.resolve("quickstart/mnt/tested");
        Path plain = home.resolve("plain");
        Map<String, String> steps = new LinkedHashMap<>();
        steps.put("start", START);
        steps.put("work", work(mount, plain, 11, 40, 24));
        steps.put("large-work", work(mount, plain, 12, 15, 200));
        steps.put("large-file", FilePrograms.largeFile(mount, plain));
        steps.put("tree", FilePrograms.tree(mount, plain));
        steps.put("git", FilePrograms.git(mount, plain));
        steps.put("sqlite", FilePrograms.sqlite(mount));
        asUser(steps);
        assertThat(home.resolve("quickstart")).as("all of it is undone").doesNotExist();
    }

    private static String work(Path mount, Path plain, long seed, int steps, int maxFileMib) {
        List<String> command = new ArrayList<>(List.of(
                Program.javaCommand(), "-Xmx512m", "-cp", folder.resolve("work").toString(), FileWork.class.getName()));
        for (Path directory : List.of(mount, plain)) {
            command.add(directory.resolve("work-" + seed).toString());
        }
        command.addAll(List.of(Long.toString(seed), Integer.toString(steps), Integer.toString(maxFileMib)));
        return "mkdir -p %1$s/work-%3$d %2$s/work-%3$d\nexec %4$s\n"
                .formatted(mount, plain, seed, String.join(" ", command));
    }

    /** Runs scripts, in turn, in one session of the user; the first that fails ends it. */
    private static void asUser(Map<String, String> scripts) throws IOException {
        var session = new StringBuilder("trap 'bash " + script("stop", STOP) + "' EXIT\n");
        for (Map.Entry<String, String> step : scripts.entrySet()) {
            Path file = script(step.getKey(), step.getValue());
            session.append("bash %1$s || { echo failed: %1$s; exit 1; }%n".formatted(file));
        }
        List<String> command = new ArrayList<>();
        if (root) {
            // Its processes end with the session, whatever happens.
            command.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"));
            command.addAll(List.of("sh", "-c", AS_NOBODY, "sh", folder.toString()));
        }
        command.addAll(List.of("bash", script("session", session.toString()).toString()));
        Map<String, String> environment = new LinkedHashMap<>(Program.environmentOfStaying());
        environment.put("HOME", home.toString());
        environment.put("PATH", folder + ":" + System.getenv("PATH"));
        environment.put("XDG_STATE_HOME", home.resolve("state").toString());
        environment.put("XDG_RUNTIME_DIR", home.resolve("run").toString());
        Program.run(environment, home, command, SESSION_LIMIT).orFail();
    }

    private static Path script(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name + ".sh"), text);
    }

    private static void copy(Path from, Path to) {
        program(List.of("cp", "-r", from.toString(), to.toString()));
    }

    private static void program(List<String> command) {
        Program.run(Map.of(), null, command).orFail();
    }
}
