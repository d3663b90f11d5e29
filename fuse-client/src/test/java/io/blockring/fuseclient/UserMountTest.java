package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mounts by fusermount3, as a user has them. */
class UserMountTest {
    private UserPlace place;

    @BeforeEach
    void makeAPlaceThatTheUserMayUse() throws Exception {
        Mounts.requireFuse();
        Assumptions.assumeTrue(Programs.isThere("/usr/bin/fusermount3"), "no fusermount3: apt-get install fuse3");
        place = UserPlace.make();
    }

    @AfterEach
    void removeThePlace() throws Exception {
        if (place != null) {
            place.remove();
        }
    }

    @Test
    void aUserMountsReadsWritesAndUnmounts() throws Exception {
        try (var process = place.mount(false)) {
            assertThat(process.awaitMounted()).isEqualTo("mounted");

            Programs.Result result = place.shell("""
                    set -e
                    cd "$1"
                    cat hello; echo
                    echo mine > a && mv a b && cat b
                    mkdir d && cp -a /etc/hostname d/ && cmp /etc/hostname d/hostname
                    dd if=/dev/zero of=zeros bs=1M count=8 status=none && wc -c < zeros
                    ls
                    df --output=fstype . | tail -n 1
                    """);

            assertThat(result.output().lines())
                    .containsExactly(
                            MountingProcess.CONTENT, "mine", "8388608", "b", "d", "hello", "zeros", MountPoint.TYPE);
            assertThat(result.exitCode()).isZero();
            assertThat(process.end()).isZero();
        }
        assertThat(place.isMounted()).isFalse();
    }

    @Test
    void theMountThatAKilledProcessOfTheUserLeftIsReplaced() throws Exception {
        try (var process = place.mount(false)) {
            assertThat(process.awaitMounted()).isEqualTo("mounted");
            process.kill();
            assertThat(place.shell("cat \"$1\"/hello").output()).contains("not connected");
        }
        try (var process = place.mount(false)) {
            assertThat(process.awaitMounted()).isEqualTo("mounted");
            assertThat(place.shell("cat \"$1\"/hello").output()).isEqualTo(MountingProcess.CONTENT);
            assertThat(process.end()).isZero();
        }
        assertThat(place.isMounted()).isFalse();
    }

    @Test
    void whatFusermountRefusesIsToldInItsWords() throws Exception {
        boolean allowed = Files.readAllLines(Path.of("/etc/fuse.conf")).stream()
                .anyMatch(line -> line.strip().equals("user_allow_other"));
        Assumptions.assumeFalse(allowed, "user_allow_other is set in /etc/fuse.conf: nothing would be refused");
        try (var process = place.mount(true)) {
            assertThat(process.awaitMounted()).contains("user_allow_other");
        }
        assertThat(place.isMounted()).isFalse();
    }
}
