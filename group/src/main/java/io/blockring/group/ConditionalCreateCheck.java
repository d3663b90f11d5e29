package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.ObjectStoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds out whether a store can hold a group log: whether of many who create a key at the same time only one ever wins.
 *
 * <p>Some stores do not know the condition and let everyone win, some check it without a lock and let two win now and
 * then. On either, a log would fork.
 */
public final class ConditionalCreateCheck {
    public static final int KEYS = 50;
    public static final int CREATORS = 32;

    private static final int TRIES = 3;
    private static final long START_SECONDS = 30;

    private enum Outcome {
        WON,
        LOST,
        /** No answer: it may have won. */
        UNKNOWN
    }

    private final LogStore store;
    private final String prefix;

    private ConditionalCreateCheck(LogStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /**
     * Races {@link #CREATORS} over {@link #KEYS} keys behind {@code prefix}, and takes them away again.
     *
     * @throws GroupLogException UNFIT_STORE when two won, or a winner's value is not there; UNREACHABLE when the store
     *     answers too seldom to tell
     */
    static void run(LogStore store, String prefix) throws GroupLogException {
        ConditionalCreateCheck check = new ConditionalCreateCheck(store, prefix);
        try (ExecutorService creators = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int key = 0; key < KEYS; key++) {
                check.race(creators, key);
            }
        } catch (ObjectStoreException e) {
            throw new GroupLogException(Kind.UNFIT_STORE, "the store could not be checked: " + e.getMessage(), e);
        } finally {
            check.cleanUp();
        }
    }

    private void race(ExecutorService creators, int key) throws GroupLogException, ObjectStoreException {
        for (int i = 0; i < TRIES; i++) {
            String place = prefix + key + (i == 0 ? "" : "-" + i);
            List<Outcome> outcomes = outcomes(creators, place);
            long winners = outcomes.stream().filter(Outcome.WON::equals).count();
            if (winners > 1) {
                throw new GroupLogException(
                        Kind.UNFIT_STORE,
                        winners + " of " + CREATORS + " writers created the same object: this store has no"
                                + " create-if-absent (If-None-Match: *) that can be relied on");
            }
            if (winners == 1) {
                checkValue(place, outcomes.indexOf(Outcome.WON));
                checkSecond(place);
                return;
            }
        }
        throw new GroupLogException(
                Kind.UNREACHABLE, "no writer was told that it had created an object, in " + TRIES + " tries");
    }

    private List<Outcome> outcomes(ExecutorService creators, String place)
            throws GroupLogException, ObjectStoreException {
        CyclicBarrier start = new CyclicBarrier(CREATORS);
        List<Future<Outcome>> running = new ArrayList<>();
        for (int creator = 0; creator < CREATORS; creator++) {
            byte[] value = value(creator);
            running.add(creators.submit(() -> {
                start.await(START_SECONDS, TimeUnit.SECONDS);
                return create(place, value);
            }));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (Future<Outcome> creator : running) {
            outcomes.add(outcome(creator));
        }
        return outcomes;
    }

    private static Outcome outcome(Future<Outcome> creator) throws GroupLogException, ObjectStoreException {
        try {
            return creator.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GroupLogException(Kind.UNREACHABLE, "interrupted while a store was checked", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ObjectStoreException failure -> throw failure;
                case TimeoutException late -> throw late("creators did not start in time", late);
                case BrokenBarrierException late -> throw late("creators did not start in time", late);
                case null, default -> throw new IllegalStateException("a creator failed", e.getCause());
            }
        }
    }

    private static GroupLogException late(String message, Exception cause) {
        return new GroupLogException(Kind.UNREACHABLE, message, cause);
    }

    private Outcome create(String place, byte[] value) throws ObjectStoreException {
        try {
            store.createIfAbsent(place, value);
            return Outcome.WON;
        } catch (ObjectStoreException e) {
            return switch (e.kind()) {
                case EXISTS -> Outcome.LOST;
                case RETRY, UNCLEAR, CHANGED, NOT_FOUND -> Outcome.UNKNOWN;
                case DENIED, NO_BUCKET, INVALID -> throw e;
            };
        }
    }

    private void checkValue(String place, int winner) throws GroupLogException, ObjectStoreException {
        Optional<byte[]> there = store.read(place);
        if (there.isEmpty() || !Arrays.equals(there.get(), value(winner))) {
            throw new GroupLogException(
                    Kind.UNFIT_STORE, "an object that was just created is not there, or another writer's is");
        }
    }

    private void checkSecond(String place) throws GroupLogException, ObjectStoreException {
        if (create(place, value(CREATORS)) == Outcome.WON) {
            throw new GroupLogException(Kind.UNFIT_STORE, "an object that was there could be created once more");
        }
    }

    private static byte[] value(int creator) {
        return ("creator " + creator).getBytes(StandardCharsets.US_ASCII);
    }

    private void cleanUp() throws GroupLogException {
        try {
            List<String> left = store.list(prefix, null, LogStore.MAX_PAGE);
            for (String key : left) {
                store.delete(key);
            }
        } catch (ObjectStoreException e) {
            throw new GroupLogException(
                    Kind.UNFIT_STORE, "the objects of a check stay below " + prefix + ": " + e.getMessage(), e);
        }
    }
}
