package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.cache.TreeCache;
import io.blockring.meta.engine.Point;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tree with answers from memory: in one process it is the same tree, across two it is one of a moment ago. */
class CachedTreeTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final CacheTimes LONG = new CacheTimes(DAY, DAY, DAY, DAY, DAY);
    private static final CacheTimes ONE_SECOND = times(0, 0);
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "é");
    private static final int STEPS = 120;

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();

    private static CacheTimes times(int missingSeconds, int openSeconds) {
        Duration second = Duration.ofSeconds(1);
        return new CacheTimes(
                second, second, second, Duration.ofSeconds(missingSeconds), Duration.ofSeconds(openSeconds));
    }

    private static TestVolume inMemory() throws FileError {
        return new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0);
    }

    @Test
    void ourOwnChangesAreSeenAtOnceWhateverTheTimes() {
        Seeds.forEach(20, random -> runFromMemory(inMemory(), random, _ -> true));
    }

    @Test
    void ourOwnChangesAreSeenAtOnceInRedisToo() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Seeds.forEach(3, random -> {
                try (TestStores stores = RedisStores.open(server, RedisStores.newDatabase())) {
                    runFromMemory(new TestVolume(stores, 1), random, _ -> true);
                }
            });
        }
    }

    /** The run above notices each kind of change that nobody tells the cache of. */
    @Test
    void aChangeThatIsNotToldShows() {
        List<Predicate<Point>> untold =
                List.of(point -> point instanceof Point.Attributes, point -> point instanceof Point.Entry);
        for (Predicate<Point> kind : untold) {
            assertThatThrownBy(() -> Seeds.forEach(20, random -> runFromMemory(inMemory(), random, kind.negate())))
                    .isInstanceOf(AssertionError.class);
        }
    }

    /** A compaction changes no attributes: that it is seen depends on its own word alone. */
    @Test
    void ourOwnCompactionIsSeenAtOnceAndOnlyIfItIsTold() throws Exception {
        for (boolean told : List.of(true, false)) {
            TestVolume volume = inMemory();
            var cache = new TreeCache(LONG, nanos::get);
            VolumeTree tree = volume.mount(points -> cache.changed(points.stream()
                    .filter(point -> told || !(point instanceof Point.Slices))
                    .toList()));
            FileTree cached = cache.over(tree);
            long file = cached.create(Caller.ROOT, FileTree.ROOT, Name.of("f"), 0600)
                    .inode();
            for (int i = 0; i < 12; i++) {
                long id = tree.newSliceId();
                volume.objects.put(id, 1);
                int bytes = SliceStore.CELL_BYTES;
                cached.append(file, 0, new SliceRecord(i * bytes, id, bytes, 0, bytes), new Timestamp(1, 0));
            }
            cached.open(file);
            assertThat(cached.slices(file, 0)).hasSize(12);
            assertThat(tree.compact(file, 0)).isTrue();
            assertThat(cached.slices(file, 0)).hasSize(told ? 1 : 12);
        }
    }

    private void runFromMemory(TestVolume volume, Random random, Predicate<Point> told) throws Exception {
        var cache = new TreeCache(LONG, nanos::get);
        VolumeTree tree = volume.mount(
                points -> cache.changed(points.stream().filter(told).toList()));
        FileTree cached = cache.over(tree);
        boolean withTrash = tree.format().trashDays() > 0;
        var run = new ModelRun(cached, tree, volume.objects, random, withTrash);
        for (int i = 0; i < STEPS; i++) {
            run.step();
            if (i % 5 == 0) {
                sameAnswers(tree, cached);
                run.compare();
            }
        }
        run.closeAll();
        run.compare();
    }

    /** Asks for every name in every inode, and thereby fills the cache. */
    private static void sameAnswers(FileTree tree, FileTree cached) throws FileError {
        for (long inode = FileTree.ROOT; inode < FileTree.ROOT + STEPS; inode++) {
            long each = inode;
            assertThat(outcome(() -> cached.attributes(each)))
                    .as("attributes of %d", inode)
                    .isEqualTo(outcome(() -> tree.attributes(each)));
            for (String name : NAMES) {
                Name real = Name.of(name);
                assertThat(outcome(() -> cached.lookup(each, real)))
                        .as("%s in %d", name, inode)
                        .isEqualTo(outcome(() -> tree.lookup(each, real)));
            }
        }
    }

    @FunctionalInterface
    private interface Answer {
        Object ask() throws FileError;
    }

    /** That there is none comes to the same, whatever is missing. */
    private static Object outcome(Answer answer) {
        try {
            return answer.ask();
        } catch (FileError e) {
            return e.kind() == FileError.Kind.NOT_DIRECTORY ? FileError.Kind.NOT_FOUND : e.kind();
        }
    }

    /**
     * Four threads change a file each, a name each and whether a second name is there; all look at everything meanwhile,
     * through a tree whose answers are held up. A look sees nothing older than what was there when it began.
     */
    @Test
    void noLookSeesThePastWhileChangesAndAnswersOvertakeOneAnother() {
        Seeds.forEach(8, random -> new Race(random).run());
    }

    private static final class Race {
        private static final int THREADS = 4;
        private static final int CHANGES = 60;

        private final Random random;
        private final VolumeTree tree;
        private final FileTree cached;
        private final List<Register> registers = new ArrayList<>();

        private record Register(long inode, Name name, Name comesAndGoes, AtomicLong begun, AtomicLong done) {}

        Race(Random random) throws FileError {
            this.random = random;
            var cache = new TreeCache(LONG, System::nanoTime);
            tree = inMemory().mount(cache);
            cached = cache.over(slow(tree));
            for (int i = 0; i < THREADS; i++) {
                long inode = cached.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("file" + i), FileType.FILE, 0600, 0)
                        .inode();
                var register = new Register(
                        inode, Name.of("name" + i), Name.of("now" + i), new AtomicLong(), new AtomicLong());
                registers.add(register);
                change(register, 0);
            }
        }

        /** What it answers may be old when it arrives. */
        private static FileTree slow(FileTree tree) {
            return (FileTree) Proxy.newProxyInstance(
                    FileTree.class.getClassLoader(), new Class<?>[] {FileTree.class}, (_, method, arguments) -> {
                        pause();
                        try {
                            return method.invoke(tree, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        } finally {
                            pause();
                        }
                    });
        }

        private static void pause() {
            if (ThreadLocalRandom.current().nextInt(3) == 0) {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(100_000));
            }
        }

        void run() throws Exception {
            var ended = new AtomicBoolean();
            try (var threads = Executors.newFixedThreadPool(2 * THREADS)) {
                List<Future<?>> changers = new ArrayList<>();
                List<Future<?>> lookers = new ArrayList<>();
                for (Register register : registers) {
                    changers.add(threads.submit(() -> {
                        for (long version = 1; version <= CHANGES; version++) {
                            change(register, version);
                        }
                        return null;
                    }));
                    var own = new Random(random.nextLong());
                    lookers.add(threads.submit(() -> {
                        while (!ended.get()) {
                            look(registers.get(own.nextInt(THREADS)), own.nextInt(4));
                        }
                        return null;
                    }));
                }
                try {
                    for (Future<?> changer : changers) {
                        changer.get(60, TimeUnit.SECONDS);
                    }
                } finally {
                    ended.set(true);
                }
                for (Future<?> looker : lookers) {
                    looker.get(60, TimeUnit.SECONDS);
                }
            }
        }

        private void change(Register register, long version) throws FileError {
            register.begun().set(version);
            cached.change(Caller.ROOT, register.inode(), mtime(version));
            Name fresh = Name.of("fresh" + register.inode());
            long next = cached.makeNode(Caller.ROOT, FileTree.ROOT, fresh, FileType.FILE, 0600, 0)
                    .inode();
            cached.change(Caller.ROOT, next, mtime(version));
            cached.rename(Caller.ROOT, FileTree.ROOT, fresh, FileTree.ROOT, register.name(), RenameMode.REPLACE);
            if (version % 2 == 0) {
                cached.link(Caller.ROOT, register.inode(), FileTree.ROOT, register.comesAndGoes());
            } else {
                cached.unlink(Caller.ROOT, FileTree.ROOT, register.comesAndGoes());
            }
            register.done().set(version);
        }

        private static AttrChange mtime(long version) {
            return new AttrChange(null, null, null, null, new AttrChange.Time.At(new Timestamp(version, 0)), null);
        }

        private void look(Register register, int what) throws FileError {
            long from = register.done().get();
            switch (what) {
                case 0 -> assertVersion(register, from, cached.attributes(register.inode()));
                case 1 ->
                    assertVersion(
                            register,
                            from,
                            cached.lookup(FileTree.ROOT, register.name()).attr());
                case 2 -> cached.list(FileTree.ROOT, null, 100, true);
                default -> {
                    Object seen = outcome(() -> cached.lookup(FileTree.ROOT, register.comesAndGoes())
                            .inode());
                    if (register.begun().get() == from) {
                        assertThat(seen)
                                .isEqualTo(from % 2 == 0 ? (Object) register.inode() : FileError.Kind.NOT_FOUND);
                    }
                }
            }
        }

        private static void assertVersion(Register register, long from, Attr seen) {
            assertThat(seen.mtime().seconds()).isBetween(from, register.begun().get());
        }
    }

    @Test
    void whatAnotherClientChangesIsSeenAfterTheTimes() throws Exception {
        TestVolume volume = inMemory();
        VolumeTree other = volume.mount();
        FileTree cached = cached(volume, ONE_SECOND);
        long directory = other.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("d"), 0755)
                .inode();
        long file = other.makeNode(Caller.ROOT, directory, Name.of("f"), FileType.FILE, 0600, 0)
                .inode();
        assertThat(cached.lookup(directory, Name.of("f")).attr().mode()).isEqualTo(0600);

        other.change(Caller.ROOT, file, new AttrChange(0640, null, null, null, null, null));
        other.rename(Caller.ROOT, directory, Name.of("f"), directory, Name.of("g"), RenameMode.REPLACE);
        nanos.addAndGet(999_999_999);
        assertThat(cached.attributes(file).mode()).isEqualTo(0600);
        assertThat(cached.lookup(directory, Name.of("f")).inode()).isEqualTo(file);
        nanos.addAndGet(1);
        assertThat(cached.attributes(file).mode()).isEqualTo(0640);
        assertThat(outcome(() -> cached.lookup(directory, Name.of("f")))).isEqualTo(FileError.Kind.NOT_FOUND);
    }

    @Test
    void anOpenAsksAndWhatItLearnsTakesThePlaceOfWhatWasKnown() throws Exception {
        TestVolume volume = inMemory();
        VolumeTree other = volume.mount();
        FileTree cached = cached(volume, new CacheTimes(DAY, DAY, DAY, DAY, Duration.ZERO));
        long file = other.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0600, 0)
                .inode();
        assertThat(cached.attributes(file).length()).isZero();
        other.truncate(Caller.ROOT, file, 100);
        assertThat(cached.attributes(file).length()).isZero();
        assertThat(cached.open(file).length()).isEqualTo(100);
        assertThat(cached.attributes(file).length()).isEqualTo(100);
        assertThat(cached.lookup(FileTree.ROOT, Name.of("f")).attr().length()).isEqualTo(100);
    }

    @Test
    void aMissingNameIsBelievedForItsTimeOnly() throws Exception {
        TestVolume volume = inMemory();
        VolumeTree other = volume.mount();
        FileTree distrustful = cached(volume, ONE_SECOND);
        FileTree trusting = cached(volume, times(1, 0));
        for (FileTree tree : List.of(distrustful, trusting)) {
            assertThat(outcome(() -> tree.lookup(FileTree.ROOT, Name.of("f")))).isEqualTo(FileError.Kind.NOT_FOUND);
        }
        long made = other.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0600, 0)
                .inode();
        assertThat(distrustful.lookup(FileTree.ROOT, Name.of("f")).inode()).isEqualTo(made);
        assertThat(outcome(() -> trusting.lookup(FileTree.ROOT, Name.of("f")))).isEqualTo(FileError.Kind.NOT_FOUND);
        nanos.addAndGet(1_000_000_000);
        assertThat(trusting.lookup(FileTree.ROOT, Name.of("f")).inode()).isEqualTo(made);
    }

    @Test
    void theOpenCacheIsBelievedForItsTimeOnlyAndNeverOverOurOwnChanges() throws Exception {
        TestVolume volume = inMemory();
        VolumeTree other = volume.mount();
        FileTree cached = cached(volume, times(0, 10));
        long file = other.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0600, 0)
                .inode();
        assertThat(cached.open(file).length()).isZero();
        other.truncate(Caller.ROOT, file, 100);
        nanos.addAndGet(9_999_999_999L);
        assertThat(cached.open(file).length()).as("trusted").isZero();
        nanos.addAndGet(1);
        assertThat(cached.open(file).length()).isEqualTo(100);
        cached.truncate(Caller.ROOT, file, 50);
        assertThat(cached.open(file).length()).isEqualTo(50);
    }

    /** A handle that was counted by trusted attributes keeps the file as any other. */
    @Test
    void whatIsOpenedFromMemoryOutlivesItsName() throws Exception {
        TestVolume volume = inMemory();
        FileTree cached = cached(volume, times(0, 10));
        long file =
                cached.create(Caller.ROOT, FileTree.ROOT, Name.of("f"), 0600).inode();
        cached.close(file);
        cached.open(file);
        cached.close(file);
        cached.open(file);
        cached.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
        assertThat(cached.attributes(file).nlink()).isZero();
        cached.close(file);
        assertThat(outcome(() -> cached.attributes(file))).isEqualTo(FileError.Kind.NOT_FOUND);
        assertThat(outcome(() -> cached.open(file))).isEqualTo(FileError.Kind.NOT_FOUND);
        assertThat(outcome(() -> cached.slices(file, 0))).isEqualTo(FileError.Kind.NOT_FOUND);
    }

    @Test
    void aFileMadeOpenOutlivesItsNameAtOnce() throws Exception {
        TestVolume volume = inMemory();
        FileTree cached = cached(volume, ONE_SECOND);
        long file =
                cached.create(Caller.ROOT, FileTree.ROOT, Name.of("f"), 0600).inode();
        cached.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
        assertThat(cached.attributes(file).nlink()).isZero();
        cached.close(file);
        assertThat(outcome(() -> cached.attributes(file))).isEqualTo(FileError.Kind.NOT_FOUND);
    }

    @Test
    void slicesAreKeptFromOneOpenToTheNextWhileTheFileStaysTheSame() throws Exception {
        TestVolume volume = inMemory();
        VolumeTree other = volume.mount();
        var asked = new AtomicLong();
        var cache = new TreeCache(ONE_SECOND, nanos::get);
        VolumeTree tree = volume.mount(cache);
        FileTree cached = cache.over(counting(tree, asked));
        long file = other.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0600, 0)
                .inode();
        other.append(file, 0, slice(1), new Timestamp(1, 0));
        for (int i = 0; i < 3; i++) {
            cached.open(file);
            assertThat(cached.slices(file, 0)).hasSize(1);
            cached.close(file);
        }
        assertThat(asked).hasValue(1);
        other.append(file, 0, slice(2), new Timestamp(1, 0));
        cached.open(file);
        assertThat(cached.slices(file, 0)).hasSize(2);
        cached.append(file, 0, slice(3), new Timestamp(1, 0));
        assertThat(cached.slices(file, 0)).hasSize(3);
        cached.open(file);
        assertThat(cached.slices(file, 0)).hasSize(3);
        other.append(file, 0, slice(4), new Timestamp(1, 0));
        assertThat(cached.slices(file, 0)).as("as of the open").hasSize(3);
        nanos.addAndGet(1_000_000_000);
        assertThat(cached.attributes(file).ctime())
                .isEqualTo(other.attributes(file).ctime());
        assertThat(cached.slices(file, 0))
                .as("with the attributes that were seen")
                .hasSize(4);
        cached.open(file);
        assertThat(cached.slices(file, 0)).hasSize(4);
        long before = asked.get();
        cached.distrust(file);
        assertThat(cached.slices(file, 0)).hasSize(4);
        assertThat(asked).hasValue(before + 1);
    }

    private static SliceRecord slice(long id) {
        return new SliceRecord(0, id, SliceStore.CELL_BYTES, 0, SliceStore.CELL_BYTES);
    }

    private static FileTree counting(FileTree tree, AtomicLong slicesAsked) {
        return (FileTree) Proxy.newProxyInstance(
                FileTree.class.getClassLoader(), new Class<?>[] {FileTree.class}, (_, method, arguments) -> {
                    if (method.getName().equals("slices")) {
                        slicesAsked.incrementAndGet();
                    }
                    try {
                        return method.invoke(tree, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void namesThatComeBackAreNotThoseThatWere() throws Exception {
        TestVolume volume = inMemory();
        FileTree cached = cached(volume, LONG);
        Name name = Name.of("n");
        assertThat(outcome(() -> cached.lookup(FileTree.ROOT, name))).isEqualTo(FileError.Kind.NOT_FOUND);
        long first =
                cached.makeDirectory(Caller.ROOT, FileTree.ROOT, name, 0755).inode();
        assertThat(cached.lookup(FileTree.ROOT, name).inode()).isEqualTo(first);
        assertThat(outcome(() -> cached.lookup(first, name))).isEqualTo(FileError.Kind.NOT_FOUND);
        cached.removeDirectory(Caller.ROOT, FileTree.ROOT, name);
        assertThat(outcome(() -> cached.lookup(FileTree.ROOT, name))).isEqualTo(FileError.Kind.NOT_FOUND);
        long second =
                cached.makeDirectory(Caller.ROOT, FileTree.ROOT, name, 0700).inode();
        assertThat(cached.lookup(FileTree.ROOT, name).inode()).isEqualTo(second).isNotEqualTo(first);
        assertThat(cached.list(FileTree.ROOT, null, 10, true)).hasSize(1);
        assertThat(outcome(() -> cached.attributes(first))).isEqualTo(FileError.Kind.NOT_FOUND);
    }

    private FileTree cached(TestVolume volume, CacheTimes times) throws FileError {
        var cache = new TreeCache(times, nanos::get);
        return cache.over(volume.mount(cache));
    }
}
