package io.blockring.objectstore;

import static io.blockring.objectstore.testing.Objects.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
    @TempDir
    Path directory;

    @Test
    void ourVariablesComeBeforeThoseOfAws() throws Exception {
        Map<String, String> aws = Map.of("AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "b");
        var both = new java.util.HashMap<>(aws);
        both.putAll(Map.of("BLOCKRING_ACCESS_KEY", "c", "BLOCKRING_SECRET_KEY", "d"));
        assertThat(Credentials.ofEnvironment(aws)).contains(new Credentials("a", "b"));
        assertThat(Credentials.ofEnvironment(both)).contains(new Credentials("c", "d"));
        assertThat(Credentials.ofEnvironment(Map.of())).isEmpty();
        assertFails(Kind.DENIED, () -> Credentials.ofEnvironment(Map.of("BLOCKRING_ACCESS_KEY", "c")));
    }

    @Test
    void aFileOfItsOwnerAloneIsRead() throws Exception {
        Path file = write("access-key = me\nsecret-key = s3cret\n", "rw-------");
        assertThat(Credentials.ofFile(file)).isEqualTo(new Credentials("me", "s3cret"));
    }

    @Test
    void aFileThatOthersMayReadIsRefusedWithTheCure() throws Exception {
        for (String permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            Path file = write("access-key = me\nsecret-key = s3cret\n", permissions);
            assertFails(Kind.DENIED, () -> Credentials.ofFile(file));
            assertThatThrownBy(() -> Credentials.ofFile(file)).hasMessageContaining("chmod 600 " + file);
        }
    }

    @Test
    void aFileThatIsNoneIsRefused() throws Exception {
        assertFails(Kind.DENIED, () -> Credentials.ofFile(directory.resolve("none")));
        assertFails(Kind.DENIED, () -> Credentials.ofFile(write("access-key = me\n", "rw-------")));
        assertFails(Kind.DENIED, () -> Credentials.ofFile(write("acces-key = me\n", "rw-------")));
    }

    @Test
    void theSecretIsNeverPrinted() throws Exception {
        assertThat(new Credentials("me", "s3cret")).asString().contains("me").doesNotContain("s3cret");
        Path file = write("secret-key = s3cret\ns3cret-key = x\n", "rw-------");
        assertThatThrownBy(() -> Credentials.ofFile(file)).message().doesNotContain("= s3cret");
    }

    private Path write(String text, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve("credentials"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
}
