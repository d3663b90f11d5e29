package io.blockring.systemtests.s3faults;

import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.StoreAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class S3ServerProcessTest {
    @TempDir
    Path directory;

    @Test
    void itKeepsItsObjectsAndItsPortThroughARestart() throws Exception {
        URI endpoint;
        S3ServerProcess first = S3ServerProcess.start(directory, List.of("lab"));
        try (first;
                ObjectStore store = open(first)) {
            endpoint = first.endpoint();
            put(store, "kept", "here", IF_ABSENT);
        }
        assertThat(first.handle().onExit().get(10, TimeUnit.SECONDS).isAlive()).isFalse();
        try (S3ServerProcess again = S3ServerProcess.start(directory, List.of("lab"), endpoint.getPort());
                ObjectStore store = open(again)) {
            assertThat(again.endpoint()).isEqualTo(endpoint);
            assertThat(text(store, "kept")).isEqualTo("here");
            assertThat(again.bucket("lab").resolve("kept")).hasContent("here");
        }
    }

    @Test
    void itEndsWithItsParent() throws Exception {
        try (S3ServerProcess server = S3ServerProcess.start(directory, List.of("lab"))) {
            server.hangUp();
            server.handle().onExit().get(20, TimeUnit.SECONDS);
            assertThat(server.handle().isAlive()).isFalse();
        }
    }

    @Test
    void whatStopsItFromStartingIsSaid() {
        assertThatIOException()
                .isThrownBy(() ->
                        S3ServerProcess.start(directory, List.of("NO BUCKET")).close())
                .withMessageContaining("no name of a bucket");
    }

    private static ObjectStore open(S3ServerProcess server) throws Exception {
        var address = StoreAddress.parse("s3://lab", server.endpoint().toString(), null);
        return ObjectStores.open(address, server.credentials());
    }
}
