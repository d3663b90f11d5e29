package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectStoreTest extends ObjectStoreContract {
    @TempDir
    Path directory;

    @Override
    protected ObjectStore open() throws ObjectStoreException {
        return LocalObjectStore.open(directory);
    }

    @Test
    void theFilesOfPlainKeysAreWhereOtherProgramsLookForThem() throws Exception {
        put(store(), "lab/chunks/0/0/1_0_5", "block", IF_ABSENT);
        assertThat(directory.resolve("lab/chunks/0/0/1_0_5")).hasContent("block");
    }

    @Test
    void filesOfOthersAreObjectsToo() throws Exception {
        Files.createDirectories(directory.resolve("lab"));
        Files.writeString(directory.resolve("lab/juicefs_uuid"), "6f1c");
        assertThat(text(store(), "lab/juicefs_uuid")).isEqualTo("6f1c");
        assertThat(store().list("lab/", null, 10)).extracting(ObjectInfo::key).containsExactly("lab/juicefs_uuid");
    }

    @Test
    void anUploadThatWasCutOffIsNoObject() throws Exception {
        put(store(), "lab/a", "whole", ALWAYS);
        Files.writeString(directory.resolve("lab").resolve(FileNames.ofUpload()), "hal");
        assertThat(store().list("", null, 10)).extracting(ObjectInfo::key).containsExactly("lab/a");
    }

    @Test
    void aPutLeavesNoOtherFile() throws Exception {
        put(store(), "lab/a", "one", ALWAYS);
        put(store(), "lab/a", "two", ALWAYS);
        assertFails(Kind.EXISTS, () -> put(store(), "lab/a", "three", IF_ABSENT));
        try (Stream<Path> files = Files.list(directory.resolve("lab"))) {
            assertThat(files).containsExactly(directory.resolve("lab/a"));
        }
    }

    @Test
    void versionsDifferHoweverFastTheyFollow() throws Exception {
        Set<String> eTags = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            eTags.add(put(store(), "o", "same size " + i % 10, ALWAYS));
        }
        assertThat(eTags).hasSize(200);
    }

    @Test
    void aFileChangedByAnotherProgramIsAnotherVersion() throws Exception {
        String eTag = put(store(), "o", "before", ALWAYS);
        Files.setLastModifiedTime(directory.resolve("o"), FileTime.fromMillis(1));
        assertFails(Kind.CHANGED, () -> store().get("o", 0, 1, eTag));
    }

    @Test
    void noKeyIsAnObjectAndAFolder() throws Exception {
        put(store(), "a/b", "x", ALWAYS);
        assertFails(Kind.INVALID, () -> put(store(), "a", "x", ALWAYS));
        assertFails(Kind.INVALID, () -> put(store(), "a", "x", IF_ABSENT));
        assertFails(Kind.INVALID, () -> put(store(), "a/b/c", "x", ALWAYS));
        assertFails(Kind.INVALID, () -> put(store(), "x".repeat(256), "x", ALWAYS));
    }

    @Test
    void aLinkOutOfTheDirectoryIsNoObject() throws Exception {
        Path secret = Files.writeString(directory.resolveSibling(directory.getFileName() + ".secret"), "secret");
        Files.createSymbolicLink(directory.resolve("link"), secret);
        try {
            assertFails(Kind.NOT_FOUND, () -> store().get("link", 0, 1, null));
            assertThat(store().list("", null, 10)).isEmpty();
        } finally {
            Files.delete(secret);
        }
    }

    @Test
    void aDirectoryThatIsNotThereIsNoBucket() throws Exception {
        assertFails(Kind.NO_BUCKET, () -> LocalObjectStore.open(directory.resolve("none")));
        Path gone = Files.createDirectory(directory.resolve("gone"));
        try (ObjectStore store = LocalObjectStore.open(gone)) {
            Files.delete(gone);
            assertFails(Kind.NO_BUCKET, () -> store.head("a"));
            assertFails(Kind.NO_BUCKET, () -> store.get("a", 0, 1, null));
            assertFails(Kind.NO_BUCKET, () -> store.list("", null, 1));
            assertFails(Kind.NO_BUCKET, () -> store.delete("a"));
            assertFails(Kind.NO_BUCKET, () -> put(store, "a", "x", ALWAYS));
            assertFails(Kind.NO_BUCKET, () -> put(store, "a/b", "x", ALWAYS));
        }
    }

    @Test
    void aFolderTakenAwayIsMadeAgain() throws Exception {
        put(store(), "a/b/c", "x", ALWAYS);
        store().delete("a/b/c");
        Files.delete(directory.resolve("a/b"));
        Files.delete(directory.resolve("a"));
        put(store(), "a/b/c", "y", IF_ABSENT);
        assertThat(text(store(), "a/b/c")).isEqualTo("y");
    }
}
