package io.blockring.meta.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.ChunkRewriter;
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
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.cache.TreeCache;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.tree.NewVolume;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.tree.VolumeSetting;
import io.blockring.meta.tree.VolumeTree;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How often an operation waits for the server. A volume is as a new one is made today, without a trash. */
class RoundTripsTest {
    private static final SliceObjects NO_OBJECTS = (_, _) -> {};
    private static final ChunkRewriter NO_REWRITER = (_, _) -> {};
    private static final int COMMANDS_AT_ONCE = 1000;

    @TempDir
    Path folder;

    private RedisServer server;
    private CountingLink link;
    private RedisEngine engine;
    private TreeCache cache;
    private VolumeTree tree;

    /** Counts what the thread that made it waits for; background work of the tree is not counted. */
    private static final class CountingLink implements RedisLink {
        private final RedisLink link;
        private final Thread counted = Thread.currentThread();
        private int roundTrips;

        CountingLink(RedisLink link) {
            this.link = link;
        }

        private void count(int trips) {
            if (Thread.currentThread().equals(counted)) {
                roundTrips += trips;
            }
        }

        @Override
        public List<@Nullable Object> ask(List<Command> commands) throws FileError {
            count(Math.ceilDiv(commands.size(), COMMANDS_AT_ONCE));
            return link.ask(commands);
        }

        @Override
        public Committed commit(Command arguments) throws FileError {
            count(1);
            return link.commit(arguments);
        }

        @Override
        public void close() {
            link.close();
        }
    }

    @BeforeEach
    void makeAVolume() throws Exception {
        server = RedisServer.start(folder.resolve("redis"));
        RedisUrl url = RedisUrl.parse(server.url(1).toString(), Map.of());
        link = new CountingLink(RedisVolumes.link(url, Map.of()));
        engine = new RedisEngine(link, new RedisKeys(url.prefix()));
        var format = new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0);
        NewVolume.create(engine, VolumeSetting.of(format, Upkeep.TODAY));
        cache = new TreeCache(CacheTimes.DEFAULT, System::nanoTime);
        tree = VolumeTree.mount(
                engine, VolumeTree.Settings.of(false, new SessionInfo("host", "", 1)), NO_OBJECTS, NO_REWRITER, cache);
        // Ids come in batches: the first of each is fetched before anything is counted.
        tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("first"), FileType.FILE, 0644, 0);
        tree.newSliceId();
        tree.lookup(FileTree.ROOT, Name.of("first"));
    }

    @AfterEach
    void end() {
        tree.close();
        link.close();
        server.close();
    }

    @FunctionalInterface
    private interface Operation {
        Object run() throws FileError;
    }

    private int trips(Operation operation) throws FileError {
        int before = link.roundTrips;
        operation.run();
        return link.roundTrips - before;
    }

    @FunctionalInterface
    private interface Change {
        void run() throws FileError;
    }

    private int tripsOf(Change change) throws FileError {
        return trips(() -> {
            change.run();
            return true;
        });
    }

    private static Name name(String text) throws FileError {
        return Name.of(text);
    }

    private long file(String name) throws FileError {
        return tree.makeNode(Caller.ROOT, FileTree.ROOT, name(name), FileType.FILE, 0644, 0)
                .inode();
    }

    @Test
    void aLookUpIsOneAndSoIsTheAnswerThatThereIsNoSuchName() throws Exception {
        file("a");
        assertThat(trips(() -> tree.lookup(FileTree.ROOT, name("a")))).isOne();
        assertThat(tripsOf(() -> {
                    try {
                        tree.lookup(FileTree.ROOT, name("none"));
                    } catch (FileError e) {
                        assertThat(e.kind()).isEqualTo(FileError.Kind.NOT_FOUND);
                    }
                }))
                .isOne();
    }

    @Test
    void attributesAndAnOpenAreOne() throws Exception {
        long file = file("a");
        assertThat(trips(() -> tree.attributes(file))).isOne();
        assertThat(trips(() -> tree.open(file))).isOne();
        assertThat(tripsOf(() -> tree.close(file))).isZero();
    }

    @Test
    void whatIsMadeOrChangedIsTwo() throws Exception {
        assertThat(trips(() -> tree.create(Caller.ROOT, FileTree.ROOT, name("open"), 0644)))
                .isEqualTo(2);
        assertThat(trips(() -> file("a"))).isEqualTo(2);
        assertThat(trips(() -> tree.makeDirectory(Caller.ROOT, FileTree.ROOT, name("d"), 0755)))
                .isEqualTo(2);
        long file = file("b");
        var mode = new AttrChange(0600, null, null, null, null, null);
        assertThat(trips(() -> tree.change(Caller.ROOT, file, mode))).isEqualTo(2);
        var slice = new SliceRecord(0, tree.newSliceId(), 100, 0, 100);
        assertThat(trips(() -> tree.append(file, 0, slice, new Timestamp(1, 0))))
                .isEqualTo(2);
    }

    @Test
    void whatIsRemovedOrRenamedIsFourAtMost() throws Exception {
        file("a");
        assertThat(tripsOf(() -> tree.unlink(Caller.ROOT, FileTree.ROOT, name("a"))))
                .isLessThanOrEqualTo(4);
        tree.makeDirectory(Caller.ROOT, FileTree.ROOT, name("d"), 0755);
        assertThat(tripsOf(() -> tree.removeDirectory(Caller.ROOT, FileTree.ROOT, name("d"))))
                .isLessThanOrEqualTo(5);
        file("b");
        assertThat(tripsOf(() -> tree.rename(
                        Caller.ROOT, FileTree.ROOT, name("b"), FileTree.ROOT, name("c"), RenameMode.REPLACE)))
                .isLessThanOrEqualTo(4);
    }

    @Test
    void aThousandEntriesWithTheirAttributesAreFive() throws Exception {
        long directory = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, name("many"), 0755)
                .inode();
        for (int i = 0; i < 1000; i++) {
            tree.makeNode(Caller.ROOT, directory, name("file" + i), FileType.FILE, 0644, 0);
        }
        assertThat(trips(
                        () -> assertThat(tree.list(directory, null, 1000, true)).hasSize(1000)))
                .isLessThanOrEqualTo(5);
    }

    @Test
    void whatAListingShowedIsNotAskedForAgain() throws Exception {
        long file = file("a");
        FileTree cached = cache.over(tree);
        cached.list(FileTree.ROOT, null, 1000, true);
        assertThat(trips(() -> cached.lookup(FileTree.ROOT, name("a")))).isZero();
        assertThat(trips(() -> cached.attributes(file))).isZero();
        assertThat(trips(() -> cached.open(file))).isOne();
        assertThat(trips(() -> cached.slices(file, 0))).isBetween(1, 2);
        assertThat(trips(() -> cached.slices(file, 0))).isZero();
    }

    /** The names are kept from the first page on, what they name is not. */
    @Test
    void aListingShowsWhatItsNamesNameWhenTheyAreShown() throws Exception {
        file("a");
        long before = file("b");
        long replacement = file("c");
        assertThat(tree.list(FileTree.ROOT, null, 1, true)).hasSize(1);
        tree.rename(Caller.ROOT, FileTree.ROOT, name("c"), FileTree.ROOT, name("b"), RenameMode.REPLACE);
        assertThat(tree.list(FileTree.ROOT, name("a"), 10, true))
                .extracting(entry -> entry.name() + " " + entry.inode())
                .contains("b " + replacement)
                .doesNotContain("b " + before, "c " + replacement);
    }

    /** As those of the trash are. */
    @Test
    void anInodeTooLargeForAScriptIsFoundByASecondTrip() throws Exception {
        long large = 0x7FFF_FFFF_1000_0005L;
        file("a");
        Entry small = tree.lookup(FileTree.ROOT, name("a"));
        try (MetaTransaction transaction = engine.begin()) {
            transaction.putChild(FileTree.ROOT, name("large"), new Child(FileType.FILE, large));
            transaction.putAttr(large, small.attr());
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
        assertThat(trips(() -> assertThat(tree.lookup(FileTree.ROOT, name("large")))
                        .isEqualTo(new Entry(large, small.attr()))))
                .isEqualTo(2);
    }
}
