package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** POSIX access control lists on a real mount, for root and two users, beside the file system of this machine. */
class AccessListsTest {
    private static final String ALL_MAY_PASS = "rwxr-xr-x";

    private static final String SCRIPT = """
            umask 022
            A='setpriv --reuid 65534 --regid 65534 --clear-groups sh -c'
            B='setpriv --reuid 12345 --regid 12345 --groups 23456 sh -c'
            show() { getfacl -n --omit-header "$@"; stat -c '%n %a' "$@"; }
            may() { if $A "$1" >/dev/null 2>&1; then echo "A may $1"; else echo "A may not $1"; fi
                    if $B "$1" >/dev/null 2>&1; then echo "B may $1"; else echo "B may not $1"; fi; }
            chmod 755 .
            echo secret > f; chmod 640 f; may 'cat f'
            setfacl -m u:65534:rw,g:23456:r f; show f; may 'cat f'; may 'echo more >> f'
            chmod 600 f; show f; may 'cat f'
            setfacl -m m::r f; show f; may 'cat f'; may 'echo more >> f'
            setfacl -x u:65534 f; show f; may 'cat f'
            setfacl -b f; show f; may 'cat f'
            mkdir d; chmod 777 d; setfacl -d -m u::rwx,g::rx,o::-,u:12345:rwx d; show d
            umask 077
            touch d/f; mkdir d/sub; mkfifo d/p; ln -s nothing d/s; show d/f d/sub d/p
            $A 'umask 027; echo x > d/a; mkdir d/b'; show d/a d/b
            may 'cat d/a'; may 'echo y > d/b/new'; may 'ls d/sub'
            touch d/sub/deep; show d/sub/deep
            setfacl -k d; umask 022; touch d/later; show d d/later
            setfacl -m u:65534:- d/later; may 'cat d/later'
            cp -p f copied; setfacl -m u:12345:r f; cp -a f copied2; show copied copied2
            python3 -c 'import os; print([name for name in sorted(os.listxattr("f")) if "acl" in name])'
            $A 'setfacl -m u:65534:rwx f' 2>&1 | sed 's/.*: //'
            setfacl -d -m u:65534:r f 2>&1 | sed 's/.*: //'
            mv d/f moved; ln moved linked; show linked
            """;

    @TempDir
    private static Path folder;

    private static TestCluster cluster;

    @BeforeAll
    static void makeTwoVolumes() throws IOException {
        RealMounts.require();
        assumeThat(Program.run(Map.of(), null, List.of("id", "-u")).out().strip())
                .as("only root becomes other users")
                .isEqualTo("0");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(ALL_MAY_PASS));
        assumeThat(run(folder, "touch probe && setfacl -m u:65534:r probe && rm probe")
                        .exitStatus())
                .as("setfacl is there (apt-get install acl), and the file system of %s keeps lists", folder)
                .isZero();
        cluster = TestCluster.start();
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static Program.Result run(Path directory, String script) {
        return Program.run(Map.of(), directory, List.of("sh", "-c", script));
    }

    @Test
    void listsDoOnAMountWhatTheyDoOnTheFileSystemOfThisMachine() throws IOException {
        String meta = cluster.createVolumeWith("lists", "--enable-acl");
        Path mount = cluster.mount(meta);
        Files.setPosixFilePermissions(mount.getParent(), PosixFilePermissions.fromString(ALL_MAY_PASS));
        Path tested = Files.createDirectory(mount.resolve("tested"));
        Path plain = Files.createDirectory(folder.resolve("plain"));

        String expected = run(plain, SCRIPT).orFail().out();
        assertThat(run(tested, SCRIPT).orFail().out()).isEqualTo(expected);
        assertThat(expected).contains("A may echo more >> f", "B may not echo more >> f", "user:12345:rwx");

        cluster.umount(mount);
        cluster.remount(mount, meta);
        String kept = "getfacl -R -n --omit-header .";
        assertThat(run(tested, kept).orFail().out().lines().sorted())
                .containsExactlyElementsOf(
                        run(plain, kept).orFail().out().lines().sorted().toList());
    }

    @Test
    void aVolumeWithoutListsSaysThatItHasNone() {
        Path mount = cluster.mount(cluster.createVolume("plain"));

        Program.Result refused = run(mount, "touch f && setfacl -m u:65534:r f");

        assertThat(refused.exitStatus()).isNotZero();
        assertThat(refused.err()).contains("Operation not supported");
        assertThat(run(mount, "umask 027; touch g; stat -c %a g").orFail().out())
                .isEqualTo("640\n");
    }
}
