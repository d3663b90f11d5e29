package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What access control lists do to modes, and how inodes share them. */
class AclsTest {
    private static final Caller OWNER = new Caller(1000, 1000, List.of(), 1);
    private static final Caller OTHER = new Caller(2000, 2000, List.of(), 1, 022);
    private static final AclRule RULE =
            new AclRule(6, 4, 6, 0, List.of(new Named(2000, 6)), List.of(new Named(3000, 4)));

    private TestVolume volume;
    private VolumeTree tree;
    private long directory;
    private long file;

    @BeforeEach
    void mount() throws Exception {
        volume = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
        enableAcl(volume);
        tree = volume.mount();
        directory = tree.makeDirectory(OWNER, FileTree.ROOT, Name.of("d"), 0755).inode();
        file = tree.makeNode(OWNER, FileTree.ROOT, Name.of("f"), FileType.FILE, 0640, 0)
                .inode();
    }

    private static void enableAcl(TestVolume volume) throws Exception {
        byte[] json = Objects.requireNonNull(volume.stores.engine().reads().setting());
        try (MetaTransaction transaction = volume.stores.engine().begin()) {
            transaction.putSetting(VolumeSetting.parse(json).withAcl().toJson());
            transaction.commit();
        }
    }

    @AfterEach
    void everyRecordIsSound() throws Exception {
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    private Attr chmod(long inode, int mode) throws FileError {
        return tree.change(OWNER, inode, new AttrChange(mode, null, null, null, null, null));
    }

    private static void assertRefused(FileError.Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void theMaskOfAListIsTheGroupOfTheMode() throws Exception {
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        assertThat(tree.attributes(file).mode()).isEqualTo(0660);
        assertThat(tree.acl(file, AclKind.ACCESS)).isEqualTo(RULE);
        assertThat(tree.extendedAttributes(file)).containsExactly(Name.of("system.posix_acl_access"));

        assertThat(chmod(file, 0604).mode()).isEqualTo(0604);
        AclRule after = tree.acl(file, AclKind.ACCESS);
        assertThat(after).isEqualTo(new AclRule(6, 4, 0, 4, RULE.users(), RULE.groups()));
    }

    @Test
    void aListThatSaysNoMoreThanAModeIsOne() throws Exception {
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        tree.setAcl(OWNER, file, AclKind.ACCESS, new AclRule(7, 5, AclRule.UNSET, 1, List.of(), List.of()));
        assertThat(tree.acl(file, AclKind.ACCESS)).isNull();
        assertThat(tree.attributes(file).mode()).isEqualTo(0751);
        assertThat(tree.extendedAttributes(file)).isEmpty();
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        tree.setAcl(OWNER, file, AclKind.ACCESS, null);
        assertThat(tree.attributes(file).accessAcl()).isZero();
    }

    @Test
    void whatIsMadeInADirectoryGetsItsDefaultAndTheUmaskDoesNotCount() throws Exception {
        tree.setAcl(OWNER, directory, AclKind.DEFAULT, RULE);
        assertThat(tree.attributes(directory).mode()).as("untouched").isEqualTo(0755);

        Entry made = tree.makeNode(OTHER, directory, Name.of("f"), FileType.FILE, 0666, 0);
        assertThat(made.attr().mode()).isEqualTo(0660);
        assertThat(made.attr().defaultAcl()).isZero();
        assertThat(tree.acl(made.inode(), AclKind.ACCESS)).isEqualTo(RULE);

        Entry below = tree.makeDirectory(OTHER, directory, Name.of("d"), 02755);
        assertThat(below.attr().mode()).isEqualTo(02640);
        assertThat(tree.acl(below.inode(), AclKind.DEFAULT)).isEqualTo(RULE);
        assertThat(tree.acl(below.inode(), AclKind.ACCESS))
                .isEqualTo(new AclRule(6, 4, 4, 0, RULE.users(), RULE.groups()));

        Attr link = tree.makeSymlink(OTHER, directory, Name.of("s"), new byte[] {'x'})
                .attr();
        assertThat(link.accessAcl()).isZero();
        assertThat(tree.makeNode(OTHER, FileTree.ROOT, Name.of("g"), FileType.FILE, 0666, 0)
                        .attr()
                        .mode())
                .as("the umask, where nothing else is said")
                .isEqualTo(0644);
    }

    @Test
    void aMinimalDefaultCutsTheModeOnly() throws Exception {
        var rule = new AclRule(7, 5, AclRule.UNSET, 0, List.of(), List.of());
        tree.setAcl(OWNER, directory, AclKind.DEFAULT, rule);
        Entry made = tree.makeNode(OTHER, directory, Name.of("f"), FileType.FILE, 0666, 0);
        assertThat(made.attr().mode()).isEqualTo(0640);
        assertThat(made.attr().accessAcl()).isZero();
        assertThat(tree.acl(directory, AclKind.DEFAULT)).isEqualTo(rule);
    }

    @Test
    void equalListsShareANumberAlsoBetweenSessions() throws Exception {
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        VolumeTree other = volume.mount();
        other.setAcl(OWNER, directory, AclKind.DEFAULT, RULE);
        assertThat(other.attributes(directory).defaultAcl())
                .isEqualTo(other.attributes(file).accessAcl())
                .isEqualTo(1);
        assertThat(Scans.all(volume.stores.engine().scans().acls())).containsExactly(new StoredAcl(1, RULE));
        assertThat(other.acl(file, AclKind.ACCESS)).isEqualTo(RULE);
    }

    @Test
    void onlyTheOwnerChangesAListAndOnlyADirectoryHasADefault() throws Exception {
        assertRefused(FileError.Kind.NOT_PERMITTED, () -> tree.setAcl(OTHER, file, AclKind.ACCESS, RULE));
        assertRefused(FileError.Kind.NO_ACCESS, () -> tree.setAcl(OWNER, file, AclKind.DEFAULT, RULE));
        tree.setAcl(OWNER, file, AclKind.DEFAULT, null);
        assertRefused(
                FileError.Kind.INVALID,
                () -> tree.setAcl(
                        OWNER, file, AclKind.ACCESS, new AclRule(7, 5, AclRule.UNSET, 0, RULE.users(), List.of())));
    }

    @Test
    void whoMayWriteByAListMaySetTheTimesToNow() throws Exception {
        var now = new AttrChange(null, null, null, null, new AttrChange.Time.Now(), null);
        assertRefused(FileError.Kind.NO_ACCESS, () -> tree.change(OTHER, file, now));
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        tree.change(OTHER, file, now);
        chmod(file, 0640); // the mask has no write any more
        assertRefused(FileError.Kind.NO_ACCESS, () -> tree.change(OTHER, file, now));
    }

    @Test
    void aStrangerToTheGroupLosesSetGroupId() throws Exception {
        tree.change(Caller.ROOT, file, new AttrChange(02750, null, 4000, null, null, null));
        tree.change(Caller.ROOT, file, new AttrChange(02750, null, null, null, null, null));
        tree.setAcl(OWNER, file, AclKind.ACCESS, RULE);
        assertThat(tree.attributes(file).mode()).isEqualTo(0660);
    }

    @Test
    void aVolumeWithoutListsSaysSo() throws Exception {
        var plain = new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
        VolumeTree other = plain.mount();
        assertRefused(FileError.Kind.NOT_SUPPORTED, () -> other.acl(FileTree.ROOT, AclKind.ACCESS));
        assertRefused(FileError.Kind.NOT_SUPPORTED, () -> other.setAcl(OWNER, FileTree.ROOT, AclKind.DEFAULT, RULE));
    }

    @Test
    void aNumberWithoutAListIsAnError() throws Exception {
        Attr attr = tree.attributes(file);
        try (MetaTransaction transaction = volume.stores.engine().begin()) {
            AttrDraft draft = new AttrDraft(attr);
            draft.accessAcl = 77;
            transaction.putAttr(file, draft.done());
            transaction.commit();
        }
        assertRefused(FileError.Kind.IO, () -> tree.acl(file, AclKind.ACCESS));
        assertRefused(FileError.Kind.IO, () -> chmod(file, 0600));
        tree.setAcl(OWNER, file, AclKind.ACCESS, null);
    }
}
