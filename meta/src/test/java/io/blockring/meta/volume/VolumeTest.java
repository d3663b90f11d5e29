package io.blockring.meta.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.tree.VolumeTree;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeTest {
    private static final SliceObjects NO_OBJECTS = (_, _) -> {};
    private static final ChunkRewriter NO_DATA = (_, _) -> {};
    private static final VolumeFormat FORMAT =
            new VolumeFormat("lab", new UUID(1, 2), "file", "/var/lib/bucket/", 4 << 20, false, 0, 0, 0);

    @TempDir
    Path folder;

    private URI url;

    @BeforeEach
    void nameTheVolume() {
        url = URI.create("rocksdb://" + folder.resolve("lab"));
    }

    @Test
    void whatWasDoneIsThereWhenTheVolumeIsOpenedAgain() throws Exception {
        Volume.create(url, FORMAT);
        Timestamp mtime = new Timestamp(1_700_000_000, 5);
        long inode;
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            assertThat(volume.format()).isEqualTo(FORMAT);
            VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
            long directory = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)
                    .inode();
            inode = tree.makeNode(Caller.ROOT, directory, Name.of("f"), FileType.FILE, 0644, 0)
                    .inode();
            long slice = tree.newSliceId();
            tree.append(inode, 1, new SliceRecord(7, slice, 100, 0, 100), mtime);
            tree.rename(Caller.ROOT, directory, Name.of("f"), FileTree.ROOT, Name.of("g"), RenameMode.REPLACE);
            tree.makeNode(Caller.ROOT, directory, Name.of("gone"), FileType.FILE, 0644, 0);
            tree.unlink(Caller.ROOT, directory, Name.of("gone"));
        }
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
            Entry found = tree.lookup(FileTree.ROOT, Name.of("g"));
            assertThat(found.inode()).isEqualTo(inode);
            assertThat(found.attr().length()).isEqualTo(FileTree.CHUNK_BYTES + 107L);
            assertThat(found.attr().mtime()).isEqualTo(mtime);
            assertThat(tree.slices(inode, 1)).containsExactly(new SliceRecord(7, 1, 100, 0, 100));
            assertThat(tree.list(FileTree.ROOT, null, 10, true).stream().map(Dentry::name))
                    .containsExactly(Name.of("d"), Name.of("g"));
            assertThat(tree.newSliceId()).as("ids are not given twice").isGreaterThan(1);
            assertThat(tree.usage().usedInodes()).isEqualTo(2);
        }
    }

    @Test
    void aVolumeIsMadeOnce() throws Exception {
        Volume.create(url, FORMAT);
        assertThat(catchThrowableOfType(VolumeException.class, () -> Volume.create(url, FORMAT))
                        .kind())
                .isEqualTo(VolumeException.Kind.EXISTS);
    }

    @Test
    void onlyOneHolderAtATime() throws Exception {
        Volume.create(url, FORMAT);
        Path socket = Path.of("/run/lab.sock");
        try (Volume _ = Volume.open(url, new MountOptions(false, "/mnt", socket, true))) {
            var held = catchThrowableOfType(VolumeHeldException.class, () -> Volume.open(url, MountOptions.PLAIN));
            assertThat(held.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(Files.readString(folder.resolve("lab.lock"))).contains("\"controlSocket\":\"/run/lab.sock\"");
        }
        try (Volume again = Volume.open(url, MountOptions.PLAIN)) {
            assertThat(again.format().name()).isEqualTo("lab");
        }
    }

    @Test
    void aLockFileOfADeadProcessIsTakenOver() throws Exception {
        Volume.create(url, FORMAT);
        Files.writeString(folder.resolve("lab.lock"), "{\"pid\":1,\"controlSocket\":\"/run/dead.sock\"}");
        try (Volume volume = Volume.open(url, MountOptions.PLAIN)) {
            assertThat(volume.format().name()).isEqualTo("lab");
        }
    }

    @Test
    void whereNoVolumeIsThatIsSaid() throws Exception {
        assertKind(VolumeException.Kind.NO_VOLUME, url);
        Files.createDirectories(folder.resolve("lab"));
        assertKind(VolumeException.Kind.NO_VOLUME, url);
        assertKind(VolumeException.Kind.BAD_URL, URI.create("mysql://127.0.0.1/1"));
        assertKind(VolumeException.Kind.BAD_URL, URI.create("rocksdb://host/lab"));
        assertKind(VolumeException.Kind.BAD_URL, URI.create("rocksdb:///lab?durability=none"));
    }

    private static void assertKind(VolumeException.Kind kind, URI url) {
        var thrown = catchThrowableOfType(VolumeException.class, () -> Volume.open(url, MountOptions.PLAIN));
        assertThat(thrown.kind()).as(String.valueOf(thrown.getMessage())).isEqualTo(kind);
        assertThat(thrown.getMessage()).doesNotContain("\n");
    }

    @Test
    void aReadOnlyMountWritesNothing() throws Exception {
        Volume.create(url, FORMAT);
        try (Volume volume = Volume.open(url, MountOptions.PLAIN.withReadOnly(true))) {
            VolumeTree tree = volume.mount(NO_OBJECTS, NO_DATA);
            assertThat(tree.attributes(FileTree.ROOT).mode()).isEqualTo(0777);
            assertThatThrownBy(() -> tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755))
                    .isInstanceOfSatisfying(
                            FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.READ_ONLY));
            assertThatThrownBy(() -> tree.change(Caller.ROOT, 1, new AttrChange(0700, null, null, null, null, null)))
                    .isInstanceOf(FileError.class);
        }
    }
}
