package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What other users may do in a mount that root has made; the kernel checks it by the modes we tell. */
class UsersOfRootsMountTest {
    private Path directory;

    @BeforeEach
    void makeADirectoryForAll() throws Exception {
        Mounts.requireFuse();
        Assumptions.assumeTrue(Mounts.isRoot(), "only root can be two users");
        directory = Files.createTempDirectory("blockring-shared");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void removeTheDirectory() throws Exception {
        if (directory != null) {
            Files.delete(directory);
        }
    }

    private Programs.Result asNobody(String script) throws Exception {
        return UserPlace.shell(UserPlace.AS_NOBODY, script, directory);
    }

    @Test
    void usersMeetTheRightsOfFiles() throws Exception {
        var settings = FuseSettings.defaults().withAllowOther(true);
        try (var mounts = Mounts.of(new MemoryFileSystem(), directory, settings)) {
            Path secret = Files.writeString(mounts.path("secret"), "secret");
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));

            assertThat(asNobody("cat \"$1\"/secret").output()).contains("Permission denied");
            assertThat(asNobody("chown 65534 \"$1\"/secret").output()).contains("not permitted");
            assertThat(asNobody("echo mine > \"$1\"/mine").exitCode()).isZero();
            assertThat(Files.getAttribute(mounts.path("mine"), "unix:uid")).isEqualTo(UserPlace.NOBODY);
        }
    }

    @Test
    void whatSomebodyElseWroteToDoesNotRunAsItsOwner() throws Exception {
        var settings = FuseSettings.defaults().withAllowOther(true);
        try (var mounts = Mounts.of(new MemoryFileSystem(), directory, settings)) {
            Path appended = Files.writeString(mounts.path("appended"), "");
            Path truncated = Files.writeString(mounts.path("truncated"), "x");
            Files.setAttribute(appended, "unix:mode", 0_6777);
            Files.setAttribute(truncated, "unix:mode", 0_6777);

            assertThat(asNobody("echo more >> \"$1\"/appended").exitCode()).isZero();
            assertThat(asNobody(": > \"$1\"/truncated").exitCode()).isZero();

            assertThat(Files.getAttribute(appended, "unix:mode")).isEqualTo(0_100777);
            assertThat(Files.getAttribute(truncated, "unix:mode")).isEqualTo(0_100777);
        }
    }

    @Test
    void whoeverIsNotLetInCannotLook() throws Exception {
        try (var mounts = Mounts.of(new MemoryFileSystem(), directory, FuseSettings.defaults())) {
            Files.writeString(mounts.path("file"), "");

            assertThat(asNobody("ls \"$1\"").output()).contains("Permission denied");
        }
    }
}
