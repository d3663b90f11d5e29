package io.blockring.cachenode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.group.VolumeDeclaration;
import io.blockring.group.VolumeStorage;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyedStoresTest {
    private final KeyedStores stores = new KeyedStores(reference ->
            reference.equals("lab-keys") ? Optional.of(new Credentials("user", "secret")) : Optional.empty());

    @TempDir
    Path directory;

    @Test
    void aDirectoryNeedsNoKeys() throws IOException {
        try (ObjectStore store =
                Objects.requireNonNull(stores.open(volume("file", directory.toString(), "", "none")))) {
            store.put("a/b", MemorySegment.ofArray(new byte[3]), ObjectStore.PutCondition.IF_ABSENT);
            assertThat(store.head("a/b")).isPresent();
        }
    }

    @Test
    void aBucketIsOpenedWithTheKeysThatItsVolumeNames() throws IOException {
        try (ObjectStore store = stores.open(volume("s3", "bucket", "http://127.0.0.1:1", "lab-keys"))) {
            assertThat(store).isNotNull();
        }
        assertThat(stores.open(volume("s3", "bucket", "http://127.0.0.1:1", "others")))
                .as("no keys of that name")
                .isNull();
    }

    @Test
    void whatCannotBeOpenedSaysWhy() {
        assertThatThrownBy(() -> stores.open(volume("ftp", "bucket", "", "lab-keys")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ftp://bucket");
    }

    private static VolumeDeclaration volume(String kind, String place, String endpoint, String credential) {
        return new VolumeDeclaration(
                new UUID(1, 2),
                new VolumeStorage(kind, place, endpoint),
                new VolumeLayout("lab", false),
                4 << 20,
                credential);
    }
}
