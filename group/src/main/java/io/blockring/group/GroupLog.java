package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import io.blockring.group.LogWalk.Decision;
import io.blockring.objectstore.ObjectStoreException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The records that a group has agreed on, in their order: numbered from 1 on, each created once, never freed.
 *
 * <p>{@link LogWalk} knows the rules; this carries its steps to a {@link LogStore}. Used by one thread.
 */
final class GroupLog {
    /** How long one reading or appending may take. */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final int NONCE_BYTES = 16;

    private final LogStore store;
    private final LogKeys keys;
    private final UUID writer;
    private final RandomGenerator random;
    private final Duration deadline;

    /** @param random where nonces come from; no two writers may draw the same ones */
    GroupLog(LogStore store, String group, UUID writer, RandomGenerator random, Duration deadline) {
        this.store = store;
        this.keys = new LogKeys(group);
        this.writer = writer;
        this.random = random;
        this.deadline = deadline;
    }

    /** The state at the end of the log, which starts at {@code known}. */
    GroupState read(GroupState known) throws GroupLogException {
        return end(run(LogWalk.toEnd(known, writer, nonce(), Decision.NOTHING)));
    }

    /** Whether the last record of {@code known} is in this log: it may be of another, which had the same name. */
    boolean contains(GroupState known) throws GroupLogException {
        if (known.number() == 0) {
            return true;
        }
        try {
            Optional<byte[]> stored = store.read(keys.record(known.number()));
            return stored.isPresent()
                    && RecordCodec.hashOfRecord(known.number(), stored.get()).equals(known.hash());
        } catch (ObjectStoreException e) {
            throw failure("the log of group " + keys.group() + " cannot be read", e);
        }
    }

    /** The state behind the record that was appended, or at the end of the log when none was wanted there. */
    GroupState append(GroupState known, Decision decision) throws GroupLogException {
        return end(run(LogWalk.toAppend(known, writer, nonce(), decision)));
    }

    /** The nonce of one walk. */
    String nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return HexFormat.of().formatHex(nonce);
    }

    /** Makes a snapshot behind {@code state} if it is time. */
    boolean makeSnapshot(GroupState state) throws GroupLogException {
        try {
            return new Snapshots(store, keys).make(state);
        } catch (ObjectStoreException e) {
            throw failure("the log of group " + keys.group() + " was not shortened", e);
        }
    }

    private static GroupState end(LogStep.Done done) throws GroupLogException {
        GroupLogException failure = done.failure();
        if (failure != null) {
            throw failure;
        }
        return done.state();
    }

    /** Takes a walk to its end. */
    LogStep.Done run(LogWalk walk) {
        long start = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        while (true) {
            if (walk.next() instanceof LogStep.Done done) {
                return done;
            }
            boolean answered = step(walk, System.nanoTime() - start >= deadline.toNanos());
            if (answered) {
                pause = FIRST_PAUSE;
            } else {
                sleep(pause);
                Duration longer = pause.multipliedBy(2);
                pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
            }
        }
    }

    /** Whether the store answered. */
    private boolean step(LogWalk walk, boolean last) {
        try {
            switch (walk.next()) {
                case LogStep.Read(long number) ->
                    store.read(keys.record(number)).ifPresentOrElse(walk::found, walk::absent);
                case LogStep.LoadSnapshot _ -> walk.snapshot(new Snapshots(store, keys).newest());
                case LogStep.Create(long number) -> {
                    return create(walk, number, last);
                }
                case LogStep.Done _ -> throw new IllegalStateException("the walk has ended");
            }
            return true;
        } catch (GroupLogException e) {
            walk.unanswered(e);
            return true;
        } catch (ObjectStoreException e) {
            boolean again =
                    mayAnswerLater(e) && !last && !Thread.currentThread().isInterrupted();
            if (!again) {
                walk.unanswered(failure("the log of group " + keys.group() + " cannot be read", e));
            }
            return !again;
        }
    }

    private boolean create(LogWalk walk, long number, boolean last) {
        if (last) {
            walk.unanswered(new GroupLogException(
                    Kind.UNREACHABLE, "the time to append a record was over after " + deadline.toSeconds() + " s"));
            return true;
        }
        try {
            store.createIfAbsent(keys.record(number), walk.draft());
            walk.created();
            return true;
        } catch (ObjectStoreException e) {
            if (e.kind() == ObjectStoreException.Kind.EXISTS || mayAnswerLater(e)) {
                walk.notCreated();
            } else {
                walk.unanswered(failure("record " + number + " cannot be created", e));
            }
            return e.kind() == ObjectStoreException.Kind.EXISTS;
        }
    }

    private static boolean mayAnswerLater(ObjectStoreException e) {
        return switch (e.kind()) {
            case RETRY, UNCLEAR, CHANGED, EXISTS, NOT_FOUND -> true;
            case DENIED, NO_BUCKET, INVALID -> false;
        };
    }

    private static GroupLogException failure(String what, ObjectStoreException e) {
        return new GroupLogException(
                mayAnswerLater(e) ? Kind.UNREACHABLE : Kind.UNFIT_STORE, what + ": " + e.getMessage(), e);
    }

    /** Lets an interrupt stand: the next answer that does not come ends the walk. */
    private static void sleep(Duration pause) {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
