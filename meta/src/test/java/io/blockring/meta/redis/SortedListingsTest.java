package io.blockring.meta.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Directories of any size come in order, over a server that shows them in none, and some entries twice. */
class SortedListingsTest {
    private static final RedisKeys KEYS = new RedisKeys("");

    /** Answers HSCAN from a map; it counts the walks that begin. */
    private static final class Shuffled implements RedisLink {
        final TreeMap<Name, Long> entries = new TreeMap<>();
        final Random random;
        volatile List<Name> order = List.of();
        int walks;

        Shuffled(Random random) {
            this.random = random;
        }

        @Override
        public List<@Nullable Object> ask(List<Command> commands) {
            var answers = new ArrayList<@Nullable Object>();
            commands.forEach(command -> answers.add(hscan(command)));
            return answers;
        }

        /** A walk begins, in the order that other walks have a place in. */
        private synchronized void begin() {
            walks++;
            if (order.size() != entries.size()) {
                var names = new ArrayList<>(entries.keySet());
                Collections.shuffle(names, random);
                order = names;
            }
        }

        private List<Object> hscan(Command command) {
            assertThat(command.name()).isEqualTo("HSCAN");
            int cursor = (int) Answers.number(command.parts().get(2));
            if (cursor == 0) {
                begin();
            }
            int end = Math.min(order.size(), cursor + 1000);
            var fields = new ArrayList<Object>();
            for (int i = Math.max(0, cursor - 3); i < end; i++) {
                Name name = order.get(i);
                fields.add(name.toBytes());
                fields.add(ValueCodec.child(new Child(FileType.FILE, entries.getOrDefault(name, 0L))));
            }
            return List.of(Long.toString(end == order.size() ? 0 : end).getBytes(StandardCharsets.US_ASCII), fields);
        }

        @Override
        public Committed commit(Command arguments) {
            throw new UnsupportedOperationException("nothing is written here");
        }

        @Override
        public void close() {}
    }

    private static Shuffled directory(int size, Random random) throws FileError {
        var server = new Shuffled(random);
        while (server.entries.size() < size) {
            byte[] name = new byte[1 + random.nextInt(20)];
            random.nextBytes(name);
            for (int i = 0; i < name.length; i++) {
                if (name[i] == 0 || name[i] == '/' || name[i] == '.') {
                    name[i] = 'x';
                }
            }
            server.entries.put(Name.of(name), (long) server.entries.size() + 2);
        }
        return server;
    }

    private static List<Name> all(SortedListings listings, int page) throws FileError {
        var names = new ArrayList<Name>();
        Name after = null;
        List<Dentry> some;
        do {
            some = listings.children(1, after, page);
            some.forEach(entry -> names.add(entry.name()));
            after = some.isEmpty() ? null : some.getLast().name();
        } while (some.size() == page);
        return names;
    }

    @Test
    void smallDirectoriesAreSortedInMemory() {
        Seeds.forEach(20, random -> {
            Shuffled server = directory(random.nextInt(3000), random);
            try (var listings = new SortedListings(server, KEYS)) {
                assertThat(all(listings, 1 + random.nextInt(1000))).containsExactlyElementsOf(server.entries.keySet());
                assertThat(server.walks).as("one walk for all pages").isEqualTo(1);
            }
        });
    }

    @Test
    void largeOnesAreSortedInAFile() {
        Seeds.forEach(2, random -> {
            Shuffled server = directory(300_000, random);
            try (var listings = new SortedListings(server, KEYS)) {
                assertThat(all(listings, 1000)).containsExactlyElementsOf(server.entries.keySet());
                assertThat(server.walks).isEqualTo(1);
            }
        });
    }

    @Test
    void manyWhoStartAtOnceTakeNothingFromOneAnother() throws Exception {
        Shuffled server = directory(SortedListings.ENTRIES_IN_MEMORY + 2000, new Random(1));
        List<Name> first = List.copyOf(server.entries.keySet()).subList(0, 10);
        try (var listings = new SortedListings(server, KEYS);
                var threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                readers.add(threads.submit(() -> {
                    assertThat(listings.children(1, null, 10))
                            .extracting(Dentry::name)
                            .isEqualTo(first);
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                reader.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void whoStartsAgainSeesWhatIsNew() {
        Seeds.forEach(5, random -> {
            Shuffled server = directory(500, random);
            try (var listings = new SortedListings(server, KEYS)) {
                listings.children(1, null, 100);
                server.entries.put(Name.of("new"), 99_999L);
                assertThat(all(listings, 100)).contains(Name.of("new"));
            }
        });
    }

    @Test
    void aListingThatWasDroppedIsFetchedAgain() {
        Seeds.forEach(3, random -> {
            Shuffled server = directory(2000, random);
            try (var listings = new SortedListings(server, KEYS)) {
                List<Dentry> first = listings.children(1, null, 1000);
                for (int other = 2; other < 300; other++) {
                    listings.children(other, null, 10);
                }
                List<Dentry> second = listings.children(1, first.getLast().name(), 1000);
                var names = new ArrayList<Name>();
                first.forEach(entry -> names.add(entry.name()));
                second.forEach(entry -> names.add(entry.name()));
                assertThat(names).containsExactlyElementsOf(server.entries.keySet());
            }
        });
    }
}
