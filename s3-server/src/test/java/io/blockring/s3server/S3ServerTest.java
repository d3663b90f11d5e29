package io.blockring.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3ServerTest {
    private static final Map<String, String> KEYS =
            Map.of("BLOCKRING_ACCESS_KEY", "local", "BLOCKRING_SECRET_KEY", "s3cret");
    private static final int LOG_FIELDS = 7;

    @TempDir
    Path directory;

    @Test
    void whoDoesNotSignIsRefusedAndLogged() throws Exception {
        Path log = directory.resolve("access.log");
        Path object = Files.createDirectories(directory.resolve("data/lab")).resolve("a b+c");
        Files.writeString(object, "readable by all users of this machine");
        HttpResponse<byte[]> answer;
        try (S3Server server = start("--buckets", "lab", "--access-log", log.toString());
                var client = HttpClient.newHttpClient()) {
            answer = client.send(
                    HttpRequest.newBuilder(URI.create(server.endpoint() + "/lab/a%20b%2bc?x=1"))
                            .header("Range", "bytes=0-9")
                            .timeout(Duration.ofSeconds(20))
                            .build(),
                    BodyHandlers.ofByteArray());
        }
        assertThat(answer.statusCode()).isEqualTo(403);
        String line = Files.readString(log).strip();
        assertThat(line).doesNotContain("\n");
        assertThat(line.split(" "))
                .hasSize(LOG_FIELDS)
                .containsSubsequence(
                        "GET", "/lab/a%20b%2Bc", "403", Integer.toString(answer.body().length), "bytes=0-9", "x=1");
    }

    @Test
    void aPathIsLoggedInOneWayOnly() {
        assertThat(AccessLog.canonical("/b/lab/chunks/0/0/1_0_4194304")).isEqualTo("/b/lab/chunks/0/0/1_0_4194304");
        assertThat(AccessLog.canonical("/b/%61%2fé ")).isEqualTo("/b/a/%C3%A9%20");
        assertThat(AccessLog.canonical("/b/%6")).isEqualTo("/b/%256");
        assertThat(AccessLog.canonical("/b/%C3%A9+")).isEqualTo("/b/%C3%A9%2B");
    }

    @Test
    void aBucketIsAFolderWithAProperName() throws Exception {
        start("--buckets", "lab,other").close();
        assertThat(directory.resolve("data/lab")).isDirectory();
        assertThat(directory.resolve("data/other")).isDirectory();
        assertThatIllegalArgumentException().isThrownBy(() -> start("--buckets", "../lab"));
    }

    private S3Server start(String... more) throws Exception {
        var arguments = new java.util.ArrayList<>(
                List.of("--dir", directory.resolve("data").toString()));
        arguments.addAll(List.of(more));
        return S3Server.start(ServerOptions.of(arguments, KEYS));
    }
}
