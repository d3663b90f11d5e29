package io.blockring.objectstore.testing;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.bytes;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link ObjectStore} does. Each test has keys of its own, so that all may share one bucket. */
@Timeout(60)
public abstract class ObjectStoreContract {
    private static final Duration ONE_SECOND = Duration.ofSeconds(1);
    private static final int RACES = 20;
    private static final int RACERS = 16;
    private static final int BIG_OBJECT_BYTES = 5 << 20;

    private final String folder = "contract/" + UUID.randomUUID() + "/";
    private ObjectStore store;

    /** The store under test; each test opens it, and closes it. */
    protected abstract ObjectStore open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void anObjectComesBackAsItWasPut() throws ObjectStoreException {
        Instant began = Instant.now().minus(ONE_SECOND);
        for (int size : new int[] {1, 2, 4095, 4096, 65_537, BIG_OBJECT_BYTES}) {
            byte[] bytes = someBytes(size, size);
            String eTag = put(store, key("o" + size), bytes, ALWAYS);
            assertThat(bytes(store, key("o" + size), 0, Long.MAX_VALUE, eTag)).isEqualTo(bytes);
            ObjectInfo found = store.head(key("o" + size)).orElseThrow();
            assertThat(found).isEqualTo(new ObjectInfo(key("o" + size), size, eTag, found.modified()));
            assertThat(store.list(key("o" + size), null, 1)).containsExactly(found);
            assertThat(found.modified()).isBetween(began, Instant.now().plus(ONE_SECOND));
        }
    }

    @Test
    void itTakesAndFillsMemoryOnTheHeapToo() throws ObjectStoreException {
        byte[] bytes = someBytes(100_000, 1);
        store.put(key("o"), MemorySegment.ofArray(bytes), ALWAYS);
        byte[] into = new byte[100_000];
        try (ObjectContent content = store.get(key("o"), 0, bytes.length, null)) {
            for (int done = 0; done < into.length; ) {
                done += content.read(MemorySegment.ofArray(into).asSlice(done));
            }
        }
        assertThat(into).isEqualTo(bytes);
    }

    @Test
    void everyRangeIsWhatTheObjectHasThere() throws ObjectStoreException {
        byte[] bytes = "0123456789".getBytes(UTF_8);
        put(store, key("ten"), bytes, ALWAYS);
        for (int offset = 0; offset < 10; offset++) {
            for (long length : new long[] {1, 2, 9, 10, 11, Long.MAX_VALUE - 1, Long.MAX_VALUE}) {
                byte[] expected = Arrays.copyOfRange(bytes, offset, (int) Math.min(10, offset + Math.min(length, 10)));
                assertThat(bytes(store, key("ten"), offset, length, null)).isEqualTo(expected);
            }
        }
        for (long offset : new long[] {10, 11, 1_000_000_000_000L}) {
            assertFails(Kind.INVALID, () -> store.get(key("ten"), offset, 1, null));
        }
    }

    @Test
    void rangesOfABigObjectAreThoseOfItsBytes() throws ObjectStoreException {
        byte[] bytes = someBytes(BIG_OBJECT_BYTES, 7);
        put(store, key("big"), bytes, ALWAYS);
        Seeds.forEach(10, random -> {
            int offset = random.nextInt(bytes.length);
            int length = 1 + random.nextInt(1 << random.nextInt(22));
            int end = Math.min(bytes.length, offset + length);
            assertThat(bytes(store, key("big"), offset, length, null))
                    .isEqualTo(Arrays.copyOfRange(bytes, offset, end));
        });
    }

    @Test
    void aReaderMayTakeAnyNumberOfBytesAtATime() throws ObjectStoreException {
        byte[] bytes = someBytes(300_000, 8);
        put(store, key("o"), bytes, ALWAYS);
        Seeds.forEach(5, random -> {
            byte[] into = new byte[bytes.length];
            try (ObjectContent content = store.get(key("o"), 0, bytes.length, null)) {
                assertThat(content.length()).isEqualTo(bytes.length);
                int done = 0;
                while (done < into.length) {
                    int room = Math.min(into.length - done, 1 + random.nextInt(1 << random.nextInt(17)));
                    int count = content.read(MemorySegment.ofArray(into).asSlice(done, room));
                    assertThat(count).isBetween(1, room);
                    done += count;
                }
                assertThat(content.read(MemorySegment.ofArray(new byte[1]))).isEqualTo(-1);
            }
            assertThat(into).isEqualTo(bytes);
        });
    }

    @Test
    void anEmptyObjectIsThereAndHasNoByte() throws ObjectStoreException {
        String eTag = put(store, key("empty"), "", IF_ABSENT);
        assertThat(store.head(key("empty")).orElseThrow())
                .extracting(ObjectInfo::bytes, ObjectInfo::eTag)
                .containsExactly(0L, eTag);
        assertThat(listed("", null, 10)).containsExactly("empty");
        assertFails(Kind.INVALID, () -> store.get(key("empty"), 0, 1, null));
        assertFails(Kind.EXISTS, () -> put(store, key("empty"), "", IF_ABSENT));
    }

    @Test
    void whatWasNeverPutIsAbsent() throws ObjectStoreException {
        put(store, key("a/b"), "there", ALWAYS);
        for (String key : List.of("a", "a/b/c", "a/c", "b")) {
            assertFails(Kind.NOT_FOUND, () -> store.get(key(key), 0, 1, null));
            assertThat(store.head(key(key))).isEmpty();
            store.delete(key(key));
        }
        assertThat(text(store, key("a/b"))).isEqualTo("there");
    }

    @Test
    void whatWasDeletedIsAbsent() throws ObjectStoreException {
        put(store, key("o"), "there", ALWAYS);
        store.delete(key("o"));
        assertThat(store.head(key("o"))).isEmpty();
        assertThat(listed("", null, 10)).isEmpty();
        put(store, key("o"), "again", IF_ABSENT);
        assertThat(text(store, key("o"))).isEqualTo("again");
    }

    @Test
    void aPutReplacesUnlessItMustNot() throws ObjectStoreException {
        String first = put(store, key("o"), "first", IF_ABSENT);
        assertFails(Kind.EXISTS, () -> put(store, key("o"), "second", IF_ABSENT));
        assertThat(text(store, key("o"))).isEqualTo("first");
        String third = put(store, key("o"), "third", ALWAYS);
        assertThat(third).isNotEqualTo(first);
        assertThat(text(store, key("o"))).isEqualTo("third");
    }

    @Test
    void ofManyWhoPutIfAbsentOneSucceeds() throws Exception {
        for (int race = 0; race < RACES; race++) {
            String key = key("race" + race);
            List<String> winners = new ArrayList<>();
            for (String answer : atOnce(RACERS, racer -> putUnlessThere(key, "racer " + racer))) {
                if (!answer.equals("EXISTS")) {
                    winners.add(answer);
                }
            }
            assertThat(winners).as("winners of " + key).hasSize(1);
            assertThat(text(store, key)).isEqualTo(winners.getFirst());
        }
    }

    @Test
    void aReaderWhoNamesAVersionGetsNoOther() throws ObjectStoreException {
        String first = put(store, key("o"), "first", ALWAYS);
        assertThat(bytes(store, key("o"), 0, 5, first)).isEqualTo("first".getBytes(UTF_8));
        String second = put(store, key("o"), "other", ALWAYS);
        assertFails(Kind.CHANGED, () -> store.get(key("o"), 0, 5, first));
        try (ObjectContent content = store.get(key("o"), 1, 3, second)) {
            assertThat(content.eTag()).isEqualTo(second);
        }
    }

    @Test
    void aReaderNeverMixesVersions() throws ObjectStoreException {
        byte[] first = someBytes(BIG_OBJECT_BYTES, 1);
        byte[] second = someBytes(BIG_OBJECT_BYTES, 2);
        put(store, key("o"), first, ALWAYS);
        byte[] into = new byte[BIG_OBJECT_BYTES];
        try (ObjectContent content = store.get(key("o"), 0, BIG_OBJECT_BYTES, null)) {
            int done = content.read(MemorySegment.ofArray(into).asSlice(0, 1000));
            put(store, key("o"), second, ALWAYS);
            while (done < into.length) {
                done += content.read(MemorySegment.ofArray(into).asSlice(done));
            }
            assertThat(into).isEqualTo(first);
        } catch (ObjectStoreException e) {
            assertThat(e.kind()).isIn(Kind.CHANGED, Kind.RETRY);
        }
        assertThat(bytes(store, key("o"), 0, BIG_OBJECT_BYTES, null)).isEqualTo(second);
    }

    @Test
    void manyReadTheSameObject() throws Exception {
        byte[] bytes = someBytes(1 << 20, 3);
        put(store, key("o"), bytes, ALWAYS);
        List<byte[]> read = atOnce(RACERS, reader -> {
            int offset = reader * 1000;
            return Arrays.copyOf(bytes(store, key("o"), offset, bytes.length, null), 1000);
        });
        for (int reader = 0; reader < RACERS; reader++) {
            assertThat(read.get(reader)).isEqualTo(Arrays.copyOfRange(bytes, reader * 1000, reader * 1000 + 1000));
        }
    }

    @Test
    void closingEarlyCostsTheNextReaderNothing() throws ObjectStoreException {
        byte[] bytes = someBytes(BIG_OBJECT_BYTES, 4);
        put(store, key("o"), bytes, ALWAYS);
        for (int i = 0; i < 60; i++) {
            ObjectContent content = store.get(key("o"), 0, bytes.length, null);
            if (i % 2 == 0) {
                content.read(MemorySegment.ofArray(new byte[10]));
            }
            content.close();
            content.close();
            assertThatThrownBy(() -> content.read(MemorySegment.ofArray(new byte[10])))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(bytes(store, key("o"), 0, bytes.length, null)).isEqualTo(bytes);
    }

    @Test
    void aListingIsInTheOrderOfTheBytes() throws ObjectStoreException {
        var names = List.of(
                "a!", "a-b", "a.b", "a/b", "a/c/d", "a0", "aa", "b b", "b%2Fb", "b+b", "B", "é", "\uFFFD", "𝄞");
        for (String name : names.reversed()) {
            put(store, key(name), name, ALWAYS);
        }
        List<String> sorted = inByteOrder(names);
        assertThat(sorted.getLast()).as("beyond U+FFFF").isEqualTo("𝄞");
        assertThat(listed("", null, 1000)).isEqualTo(sorted);
        for (String name : names) {
            assertThat(text(store, key(name))).isEqualTo(name);
        }
    }

    @Test
    void pagesOfAListingAreThoseOfTheModel() throws ObjectStoreException {
        var random = new Random(5);
        var names = new TreeSet<String>();
        for (int i = 0; i < 120; i++) {
            names.add(someName(random));
        }
        for (String name : names) {
            put(store, key(name), name, ALWAYS);
        }
        List<String> sorted = inByteOrder(names);
        for (int limit : new int[] {1, 7, 50, 119, 120, 1000}) {
            assertThat(allPages(limit)).as("limit " + limit).isEqualTo(sorted);
        }
        Seeds.forEach(40, seeded -> {
            String prefix = randomPrefix(seeded);
            String after = seeded.nextInt(3) == 0 ? null : someName(seeded);
            int limit = 1 + seeded.nextInt(30);
            List<String> expected = sorted.stream()
                    .filter(name -> name.startsWith(prefix))
                    .filter(name -> after == null
                            || inByteOrder(List.of(after, name)).getFirst().equals(after))
                    .filter(name -> !name.equals(after))
                    .limit(limit)
                    .toList();
            assertThat(listed(prefix, after, limit))
                    .as("prefix '" + prefix + "' after '" + after + "' limit " + limit)
                    .isEqualTo(expected);
        });
    }

    @Test
    void aListingSaysWhatHeadSays() throws ObjectStoreException {
        put(store, key("one"), "1", ALWAYS);
        put(store, key("two/three"), "123", ALWAYS);
        for (ObjectInfo info : store.list(folder, null, 10)) {
            assertThat(store.head(info.key())).contains(info);
        }
        assertThat(store.list(folder + "none", null, 10)).isEmpty();
        assertThat(store.list(folder + "two/../one", null, 10)).isEmpty();
    }

    @Test
    void badArgumentsAreRefused() {
        for (String bad : List.of(
                "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\u0000b", "a\nb", "\uD834", "x".repeat(1025))) {
            assertFails(Kind.INVALID, () -> store.get(bad, 0, 1, null));
            assertFails(Kind.INVALID, () -> put(store, bad, "x", ALWAYS));
            assertFails(Kind.INVALID, () -> store.head(bad));
            assertFails(Kind.INVALID, () -> store.delete(bad));
        }
        assertFails(Kind.INVALID, () -> store.get(key("a"), -1, 1, null));
        assertFails(Kind.INVALID, () -> store.get(key("a"), 0, 0, null));
        assertFails(Kind.INVALID, () -> store.list("", null, 0));
        assertFails(Kind.INVALID, () -> store.list("", null, ObjectStore.MAX_PAGE + 1));
        assertFails(Kind.INVALID, () -> store.list("\uD834", null, 1));
    }

    @Test
    void theLongestKeyIsFine() throws ObjectStoreException {
        String key = folder + ("é".repeat(40) + "/").repeat(20).substring(0, (1024 - folder.length()) / 2 - 12) + "é";
        assertThat(key.getBytes(UTF_8).length).isBetween(900, 1024);
        put(store, key, "deep", IF_ABSENT);
        assertThat(text(store, key)).isEqualTo("deep");
        assertThat(store.list(folder, null, 10)).extracting(ObjectInfo::key).containsExactly(key);
    }

    @Test
    void anInterruptIsNeitherLostNorWaitedFor() throws Exception {
        put(store, key("o"), "there", ALWAYS);
        for (Callable<?> call : List.<Callable<?>>of(
                () -> text(store, key("o")),
                () -> put(store, key("p"), "x", ALWAYS),
                () -> put(store, key("q"), "x", IF_ABSENT),
                () -> store.head(key("o")),
                () -> store.list(folder, null, 10),
                () -> Boolean.valueOf(deleted(key("r"))))) {
            assertThat(interrupted(call)).isIn("done", "RETRY", "UNCLEAR");
        }
        assertThat(text(store, key("o"))).isEqualTo("there");
    }

    /** A key of this test alone. */
    protected final String key(String name) {
        return folder + name;
    }

    /** The store that {@link #open} gave. */
    protected final ObjectStore store() {
        return store;
    }

    private boolean deleted(String key) throws ObjectStoreException {
        store.delete(key);
        return true;
    }

    /** How a call ends in a thread that was interrupted before. */
    private static String interrupted(Callable<?> call) throws Exception {
        var answer = new java.util.concurrent.CompletableFuture<String>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            Thread.currentThread().interrupt();
            String end;
            try {
                call.call();
                end = "done";
            } catch (ObjectStoreException e) {
                end = e.kind().name();
            } catch (Exception e) {
                end = e.toString();
            }
            answer.complete(Thread.currentThread().isInterrupted() ? end : end + ", but the interrupt was lost");
        });
        String end = answer.get(10, TimeUnit.SECONDS);
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        return end;
    }

    private String putUnlessThere(String key, String text) throws ObjectStoreException {
        try {
            put(store, key, text, IF_ABSENT);
            return text;
        } catch (ObjectStoreException e) {
            assertThat(e.kind()).isEqualTo(Kind.EXISTS);
            return "EXISTS";
        }
    }

    private interface Numbered<T> {
        T call(int number) throws Exception;
    }

    private static <T> List<T> atOnce(int count, Numbered<T> task) throws Exception {
        var start = new CyclicBarrier(count);
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<Future<T>> running = IntStream.range(0, count)
                    .mapToObj(number -> threads.submit(() -> {
                        start.await(10, TimeUnit.SECONDS);
                        return task.call(number);
                    }))
                    .toList();
            var results = new ArrayList<T>();
            for (Future<T> one : running) {
                results.add(one.get(50, TimeUnit.SECONDS));
            }
            return results;
        }
    }

    private List<String> allPages(int limit) throws ObjectStoreException {
        var names = new ArrayList<String>();
        String after = null;
        while (true) {
            List<String> page = listed("", after, limit);
            names.addAll(page);
            if (page.size() < limit) {
                return names;
            }
            after = page.getLast();
        }
    }

    private List<String> listed(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return store.list(folder + prefix, after == null ? null : folder + after, limit).stream()
                .map(info -> info.key().substring(folder.length()))
                .toList();
    }

    /** Folders and files have different names, as a directory can only hold one of a name. */
    private static String someName(Random random) {
        List<String> letters = List.of("a", "b", "-", "0", "é", "\uE000", "😀", "%", "~");
        String folders = Stream.generate(() -> letters.get(random.nextInt(letters.size())) + "/")
                .limit(random.nextInt(3))
                .collect(Collectors.joining());
        return folders + letters.get(random.nextInt(letters.size())) + letters.get(random.nextInt(letters.size()))
                + ".f";
    }

    private static String randomPrefix(Random random) {
        String name = someName(random);
        int end = random.nextInt(name.length());
        return Character.isLowSurrogate(name.charAt(end)) ? "" : name.substring(0, end);
    }

    private static List<String> inByteOrder(java.util.Collection<String> names) {
        return names.stream()
                .sorted((one, other) -> Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8)))
                .toList();
    }
}
