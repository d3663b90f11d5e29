package io.blockring.group;

import io.blockring.group.Change.EpochPublished;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.ObjectStoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A store whose answers are late, lost or unclear, and a judge: every record that it takes must be the next one of one
 * lineage, and no nonce may come twice.
 */
final class SimulatedStore {
    private static final LogKeys KEYS = new LogKeys(SomeGroup.NAME);
    private static final long TIMEOUT_MILLIS = 5_000;
    private static final long LATEST_MILLIS = Duration.ofHours(2).toMillis();

    /** How a step ends for the walk that asked for it. */
    enum Fate {
        ANSWERED,
        ANSWER_LOST,
        LATE,
        REQUEST_LOST,
        REFUSED
    }

    private final SimulatedTime time;
    private final Random random;
    private final TestLogStore values = new TestLogStore();
    private boolean faulty = true;

    private GroupState truth = GroupState.NONE;
    private final Map<Long, String> hashes = new HashMap<>();
    private final Set<String> nonces = new HashSet<>();
    private final Map<Long, Long> createdAt = new HashMap<>();
    private int lossEpochs;

    SimulatedStore(SimulatedTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    void heal() {
        faulty = false;
    }

    /** What the records that were taken come to. */
    GroupState truth() {
        return truth;
    }

    /** How many epochs counted that put nodes out. */
    int lossEpochs() {
        return lossEpochs;
    }

    TestLogStore values() {
        return values;
    }

    /**
     * Does what a walk needs next, some time; then calls {@code answered}, which is to bring the answer to the walk.
     *
     * @param reachable whether the writer reaches the store
     */
    void perform(LogWalk walk, boolean reachable, Consumer<Runnable> answered) {
        LogStep step = walk.next();
        byte[] draft = step instanceof LogStep.Create ? walk.draft() : new byte[0];
        switch (reachable ? fate() : Fate.REQUEST_LOST) {
            case ANSWERED ->
                time.in(delay(), () -> {
                    Runnable answer = take(walk, step, draft);
                    time.in(delay(), () -> answered.accept(answer));
                });
            case ANSWER_LOST -> {
                time.in(delay(), () -> takeUnheard(step, draft));
                time.in(TIMEOUT_MILLIS, () -> answered.accept(() -> unanswered(walk, step)));
            }
            case LATE -> {
                time.in(random.nextLong(TIMEOUT_MILLIS, LATEST_MILLIS), () -> takeUnheard(step, draft));
                time.in(TIMEOUT_MILLIS, () -> answered.accept(() -> unanswered(walk, step)));
            }
            case REQUEST_LOST -> time.in(TIMEOUT_MILLIS, () -> answered.accept(() -> unanswered(walk, step)));
            case REFUSED -> time.in(delay(), () -> answered.accept(() -> unanswered(walk, step)));
        }
    }

    /** The same for a writer that repeats a read until it is answered. */
    void performPatiently(LogWalk walk, Consumer<Runnable> answered) {
        LogStep step = walk.next();
        boolean maybeNot = faulty && step instanceof LogStep.Read && random.nextInt(5) == 0;
        if (maybeNot) {
            time.in(TIMEOUT_MILLIS, () -> performPatiently(walk, answered));
        } else if (step instanceof LogStep.Create) {
            perform(walk, true, answered);
        } else {
            time.in(delay(), () -> {
                Runnable answer = intact(walk, step);
                time.in(delay(), () -> answered.accept(answer));
            });
        }
    }

    private Runnable intact(LogWalk walk, LogStep step) {
        boolean wasFaulty = faulty;
        faulty = false;
        Runnable answer = take(walk, step, new byte[0]);
        faulty = wasFaulty;
        return answer;
    }

    private Fate fate() {
        int dice = faulty ? random.nextInt(20) : 19;
        return switch (dice) {
            case 0 -> Fate.ANSWER_LOST;
            case 1 -> Fate.LATE;
            case 2 -> Fate.REQUEST_LOST;
            case 3 -> Fate.REFUSED;
            default -> Fate.ANSWERED;
        };
    }

    private long delay() {
        return 1 + random.nextLong(faulty ? 200 : 20);
    }

    private void takeUnheard(LogStep step, byte[] draft) {
        if (step instanceof LogStep.Create(long number)) {
            time.note(step + (create(number, draft) ? " works" : " fails") + ", unheard");
        }
    }

    private static void unanswered(LogWalk walk, LogStep step) {
        if (step instanceof LogStep.Create) {
            walk.notCreated();
        } else {
            walk.unanswered(new GroupLogException(Kind.UNREACHABLE, "no answer"));
        }
    }

    /** Does it now; the answer comes later. */
    private Runnable take(LogWalk walk, LogStep step, byte[] draft) {
        return switch (step) {
            case LogStep.Read(long number) -> {
                Optional<byte[]> stored = values.now(KEYS.record(number)).map(this::onItsWay);
                yield () -> stored.ifPresentOrElse(walk::found, walk::absent);
            }
            case LogStep.LoadSnapshot _ -> {
                GroupState newest = newest();
                yield () -> walk.snapshot(newest.number() == 0 ? null : newest);
            }
            case LogStep.Create(long number) -> {
                boolean created = create(number, draft);
                yield created ? walk::created : walk::notCreated;
            }
            case LogStep.Done _ -> throw new IllegalStateException("the walk has ended");
        };
    }

    /** Now and then a bit flips. */
    private byte[] onItsWay(byte[] stored) {
        byte[] arrived = stored.clone();
        if (faulty && random.nextInt(50) == 0) {
            arrived[random.nextInt(arrived.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        }
        return arrived;
    }

    private GroupState newest() {
        try {
            GroupState newest = new Snapshots(values, KEYS).newest();
            return newest == null ? GroupState.NONE : newest;
        } catch (ObjectStoreException | GroupLogException e) {
            throw new AssertionError("a snapshot cannot be read", e);
        }
    }

    private boolean create(long number, byte[] stored) {
        if (values.now(KEYS.record(number)).isPresent()) {
            return false;
        }
        try {
            values.createIfAbsent(KEYS.record(number), stored);
            LogRecord record = RecordCodec.decode(number, stored);
            GroupState next = GroupFold.next(truth, record, stored);
            judge(next, RecordCodec.change(record), record);
            truth = next;
            hashes.put(number, truth.hash());
            createdAt.put(number, time.nowMillis());
            time.note("record " + number + " " + record.kind() + " by " + record.writer());
            return true;
        } catch (ObjectStoreException | GroupLogException e) {
            throw new AssertionError("the log forked at record " + number, e);
        }
    }

    private void judge(GroupState next, Change change, LogRecord record) {
        if (!nonces.add(record.nonce())) {
            throw new AssertionError("record " + record.number() + " is there twice");
        }
        long epoch = truth.epoch().number();
        if (next.epoch().number() != epoch && next.epoch().number() != epoch + 1) {
            throw new AssertionError("epoch " + next.epoch().number() + " after " + epoch);
        }
        if (change instanceof EpochPublished published && next.epoch().number() > epoch) {
            judgeLoss(published);
        }
    }

    private void judgeLoss(EpochPublished published) {
        if (published.lost().isEmpty()) {
            return;
        }
        lossEpochs++;
        published.lost().forEach(id -> {
            GroupNode node = truth.node(id).orElseThrow();
            long away = time.nowMillis() - createdAt.getOrDefault(node.since(), 0L);
            if (node.state() != NodeState.DOWN_GRACE || away < truth.settings().downGraceMillis()) {
                throw new AssertionError(node + " was put out after " + away + " ms");
            }
        });
    }

    /** Whether a node that holds {@code state} is on the one lineage. */
    boolean hasLineage(GroupState state) {
        return state.number() == 0 || state.hash().equals(hashes.get(state.number()));
    }
}
