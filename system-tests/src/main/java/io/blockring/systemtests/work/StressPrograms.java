package io.blockring.systemtests.work;

import io.blockring.systemtests.rig.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Programs that do as much as they can to a file system and check what comes of it, as bash scripts. */
public final class StressPrograms {
    /** Bytes of the files that are compared with memory; of several chunks when the dose is long. */
    private static final long SHORT_FILE_BYTES = 16L << 20;

    private static final long LONG_FILE_BYTES = 150L << 20;
    private static final int LONG_SECONDS = 120;

    /**
     * The stressors of stress-ng's class "filesystem" that work on the directory under test. Not among them: those of
     * other file systems and devices (binderfs, procfs, loop devices, verity), of the kernel's own tables (dup,
     * eventfd, handle by other means), and bind mounts.
     */
    private static final List<String> STRESSORS = List.of(
            "access",
            "chdir",
            "chmod",
            "chown",
            "copy-file",
            "dentry",
            "dir",
            "dirdeep",
            "dirmany",
            "fallocate",
            "fcntl",
            "fiemap",
            "filename",
            "flock",
            "fpunch",
            "fsize",
            "fstat",
            "getdent",
            "hdd",
            "inode-flags",
            "io",
            "iomix",
            "lease",
            "link",
            "locka",
            "lockf",
            "lockofd",
            "mknod",
            "open",
            "rename",
            "symlink",
            "sync-file",
            "touch",
            "utime",
            "xattr");

    private StressPrograms() {}

    /** Compiles a checker of ours, {@code src/test/c/NAME.c}, into {@code folder}. */
    public static Path compile(String name, Path folder) {
        Path source = Program.checkout().resolve("system-tests/src/test/c/" + name + ".c");
        Path binary = folder.resolve(name);
        Program.run(Map.of(), null, List.of("gcc", "-O2", "-o", binary.toString(), source.toString()))
                .orFail();
        return binary;
    }

    /**
     * Two processes at one file each, four in one tree, and two of dbench's clients, all at once; then all is removed.
     *
     * @param programs the folder with the compiled checkers
     */
    public static String mixed(Path mount, Path programs, int seconds, long seed) {
        return """
                set -e
                cd %1$s && mkdir one tree dbench
                %2$s/one_file one/a %4$d %3$d %5$d & one_a=$!
                %2$s/one_file one/b $((%4$d + 1)) %3$d %5$d & one_b=$!
                %2$s/tree_churn tree %4$d %3$d 4 & churn=$!
                dbench -D dbench -t %3$d 2 > %2$s/dbench.out 2>&1 & bench=$!
                failed=
                wait $one_a || failed="$failed one_file,a"
                wait $one_b || failed="$failed one_file,b"
                wait $churn || failed="$failed tree_churn"
                wait $bench || { failed="$failed dbench"; tail -n 20 %2$s/dbench.out; }
                grep -q Throughput %2$s/dbench.out || failed="$failed dbench"
                [ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
                rm -r one tree dbench
                [ -z "$(ls -A)" ]
                """.formatted(
                        mount, programs, seconds, seed, seconds < LONG_SECONDS ? SHORT_FILE_BYTES : LONG_FILE_BYTES);
    }

    /** The stressors of stress-ng one after the other, for {@code seconds} each, with its own checks on. */
    public static String stressNg(Path mount, Path plain, List<String> stressors, int seconds) {
        return """
                failed=
                mkdir %1$s/stress
                for stressor in %3$s; do
                  stress-ng --$stressor 2 --timeout %4$d --verify --temp-path %1$s/stress > %2$s/stress.out 2>&1 \\
                      || { failed="$failed $stressor"; tail -n 20 %2$s/stress.out; }
                done
                [ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
                rm -r %1$s/stress
                """.formatted(mount, plain, String.join(" ", stressors), seconds);
    }

    /** All stressors that work on the directory under test. */
    public static List<String> stressors() {
        return STRESSORS;
    }
}
