package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.SettingsChanged;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.FaultyObjectStore;
import io.blockring.objectstore.FaultyObjectStore.Rates;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GroupLogTest {
    private static final LogKeys KEYS = new LogKeys(SomeGroup.NAME);
    private static final int WRITERS = 32;
    private static final int RECORDS_EACH = 2;

    private final TestLogStore store = new TestLogStore();

    @Test
    void aRecordLooksAsDrawn() throws Exception {
        byte[] stored =
                RecordCodec.encode(GroupState.NONE, SomeGroup.WRITER, "00ff", new NodeDeclared(SomeGroup.node(1)));
        assertThat(new String(stored, StandardCharsets.UTF_8))
                .isEqualTo("{\"format\":1,\"number\":1,\"previous\":\"" + "0".repeat(64)
                        + "\",\"writer\":\"00000000-0000-0000-0000-000000000063\",\"nonce\":\"00ff\","
                        + "\"kind\":\"node.declared\",\"payload\":{\"node\":{"
                        + "\"id\":\"00000000-0000-0005-0000-000000000001\",\"name\":\"n1\",\"weight\":100,\"zone\":\"\","
                        + "\"addresses\":{\"control\":\"\",\"block\":\"\",\"blockSocket\":\"\",\"cluster\":\"\","
                        + "\"http\":\"\"}}},\"keyId\":\"\",\"mac\":\""
                        + "f0ecc29c5641e7844ee199fd7f579bfe0a51642ad17105902ad956c91de78f09\"}");
    }

    @Test
    void recordsAreReadInTheOrderInWhichTheyWereAppended() throws Exception {
        GroupLog log = SomeGroup.log(new ObjectLogStore(new MemoryObjectStore()), 1);
        GroupState state = log.append(GroupState.NONE, _ -> SomeGroup.CREATED);
        for (int i = 1; i <= 5; i++) {
            Change next = new SettingsChanged(new GroupSettings(i, i));
            state = log.append(state, _ -> next);
        }
        assertThat(state.number()).isEqualTo(6);
        assertThat(state.settings()).isEqualTo(new GroupSettings(5, 5));
        assertThat(log.read(GroupState.NONE)).isEqualTo(state);
    }

    @Test
    void whoWasOvertakenDecidesAgain() throws Exception {
        GroupState known = SomeGroup.created(store);
        Change first = new NodeDeclared(SomeGroup.node(1));
        SomeGroup.log(store, 1).append(known, _ -> first);
        List<Long> asked = new ArrayList<>();
        GroupState state = SomeGroup.log(store, 2).append(known, now -> {
            asked.add(now.number());
            return now.node(SomeGroup.id(1)).isPresent() ? null : first;
        });
        assertThat(asked).containsExactly(1L, 2L);
        assertThat(state.number()).isEqualTo(2);
    }

    @Test
    void ofThirtyTwoWritersWhoseAnswersGetLostEveryRecordIsThereOnce() {
        Seeds.forEach(4, random -> {
            TestLogStore faulty = new TestLogStore();
            GroupState known = SomeGroup.created(faulty);
            faulty.losingAnswers(random);
            CountDownLatch start = new CountDownLatch(1);
            try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int writer = 0; writer < WRITERS; writer++) {
                    int first = writer * RECORDS_EACH;
                    running.add(writers.submit(() -> appendSome(faulty, known, first, start)));
                }
                start.countDown();
                for (Future<?> writer : running) {
                    writer.get(60, TimeUnit.SECONDS);
                }
            }
            faulty.heal();
            checkOneLineage(faulty, 1 + WRITERS * RECORDS_EACH);
        });
    }

    @Test
    void ofThirtyTwoWritersThatWantTheSameEpochOnePublishesIt() {
        Seeds.forEach(4, random -> {
            TestLogStore faulty = new TestLogStore();
            GroupState created = SomeGroup.created(faulty);
            GroupState known = SomeGroup.log(faulty, 1).append(created, _ -> new NodeDeclared(SomeGroup.node(1)));
            faulty.losingAnswers(random);
            try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<GroupState>> running = new ArrayList<>();
                for (int writer = 0; writer < WRITERS; writer++) {
                    GroupLog log = SomeGroup.log(faulty, writer);
                    running.add(writers.submit(() -> log.append(known, state -> NextEpoch.wanted(state, 0))));
                }
                for (Future<GroupState> writer : running) {
                    assertThat(writer.get(60, TimeUnit.SECONDS).epoch().number())
                            .isEqualTo(1);
                }
            }
            faulty.heal();
            assertThat(SomeGroup.log(faulty, 1).read(GroupState.NONE).number()).isEqualTo(3);
        });
    }

    @Test
    void throughAnObjectStoreThatFailsEveryRecordIsThereOnceAndDamageIsNeverRead() {
        Seeds.forEach(3, random -> {
            MemoryObjectStore objects = new MemoryObjectStore();
            FaultyObjectStore failing = new FaultyObjectStore(objects, random.nextLong(), Rates.NONE);
            ObjectLogStore log = new ObjectLogStore(failing);
            GroupState known = SomeGroup.created(log);
            failing.become(new Rates(0, Duration.ZERO, 50, 300, 50, 0));
            CountDownLatch start = new CountDownLatch(1);
            try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int writer = 0; writer < WRITERS; writer++) {
                    int first = writer * RECORDS_EACH;
                    running.add(writers.submit(() -> appendSome(log, known, first, start)));
                }
                start.countDown();
                for (Future<?> writer : running) {
                    writer.get(60, TimeUnit.SECONDS);
                }
            }
            failing.become(Rates.NONE);
            checkOneLineage(log, 1 + WRITERS * RECORDS_EACH);
            GroupState truth = SomeGroup.log(log, 1).read(GroupState.NONE);
            failing.become(new Rates(0, Duration.ZERO, 0, 0, 0, 20));
            for (int i = 0; i < 50; i++) {
                LogStep.Done done = SomeGroup.log(log, 1)
                        .run(LogWalk.toEnd(GroupState.NONE, SomeGroup.WRITER, "x", LogWalk.Decision.NOTHING));
                assertThat(done.failure() != null || done.state().equals(truth)).isTrue();
            }
        });
    }

    private static Void appendSome(LogStore faulty, GroupState known, int first, CountDownLatch start)
            throws Exception {
        GroupLog log = SomeGroup.log(faulty, first);
        start.await(10, TimeUnit.SECONDS);
        GroupState state = known;
        for (int i = first; i < first + RECORDS_EACH; i++) {
            Change mine = new NodeDeclared(SomeGroup.node(i));
            state = log.append(state, _ -> mine);
        }
        return null;
    }

    /** All numbers up to {@code last} and no others, no nonce twice, each node declared, hashes that follow. */
    private static void checkOneLineage(LogStore log, int last) throws Exception {
        Set<String> nonces = new HashSet<>();
        Set<String> declared = new HashSet<>();
        for (int number = 1; number <= last; number++) {
            LogRecord record =
                    RecordCodec.decode(number, log.read(KEYS.record(number)).orElseThrow());
            nonces.add(record.nonce());
            if (RecordCodec.change(record) instanceof NodeDeclared node) {
                assertThat(declared.add(node.node().name())).isTrue();
            }
        }
        assertThat(nonces).hasSize(last);
        assertThat(declared).hasSize(last - 1);
        assertThat(log.list("", null, LogStore.MAX_PAGE)).hasSize(last);
        assertThat(SomeGroup.log(log, 77).read(GroupState.NONE).number()).isEqualTo(last);
    }

    @Test
    void aWriterThatSleptForADayCannotForkTheLog() throws Exception {
        GroupState yesterday = SomeGroup.created(store);
        GroupState today = appendSettings(yesterday, 200);
        assertThat(SomeGroup.log(store, 2).makeSnapshot(today)).isTrue();
        assertThat(RecordCodec.decode(2, store.read(KEYS.record(2)).orElseThrow())
                        .isTombstone())
                .isTrue();

        GroupState woken = SomeGroup.log(store, 3).append(yesterday, _ -> new NodeDeclared(SomeGroup.node(1)));
        assertThat(woken.number()).isEqualTo(today.number() + 1);
        assertThat(SomeGroup.log(store, 4).read(today)).isEqualTo(woken);
    }

    @Test
    void aWriterKnowsItsRecordAgainWhenOnlyItsTombstoneIsLeft() throws Exception {
        GroupState known = SomeGroup.created(store);
        LogWalk walk = LogWalk.toAppend(known, SomeGroup.WRITER, "mine", _ -> new NodeDeclared(SomeGroup.node(1)));
        store.createIfAbsent(KEYS.record(2), walk.draft());
        walk.notCreated(); // the answer was lost, and then it slept
        GroupState today = appendSettings(known, 200);
        SomeGroup.log(store, 2).makeSnapshot(today);

        LogStep.Done done = SomeGroup.log(store, 3).run(walk);
        assertThat(done.appended()).isTrue();
        assertThat(done.failure()).isNull();
        assertThat(done.state()).isEqualTo(today);
    }

    @Test
    void aLogWithSnapshotsReadsAsIfItHadNone() throws Exception {
        GroupState state = SomeGroup.created(store);
        GroupLog log = SomeGroup.log(store, 5);
        int made = 0;
        for (int i = 0; i < 300; i++) {
            Change next = new NodeDeclared(SomeGroup.node(i));
            state = log.append(state, _ -> next);
            made += log.makeSnapshot(state) ? 1 : 0;
        }
        assertThat(made).isEqualTo(4);
        assertThat(store.list(KEYS.snapshots(), null, 10)).containsExactly(KEYS.snapshot(192), KEYS.snapshot(256));
        assertThat(SomeGroup.log(store, 6).read(GroupState.NONE)).isEqualTo(state);
        for (int number = 1; number <= 301; number++) {
            LogRecord record =
                    RecordCodec.decode(number, store.read(KEYS.record(number)).orElseThrow());
            assertThat(record.isTombstone()).isEqualTo(number <= 192);
        }
    }

    @Test
    void aSnapshotThatStoppedHalfWayIsCompletedByTheNext() throws Exception {
        GroupState state = appendSettings(SomeGroup.created(store), 100);
        store.createIfAbsent(KEYS.snapshot(state.number()), RecordCodec.encode(state));
        state = appendSettings(state, 64);
        assertThat(SomeGroup.log(store, 2).makeSnapshot(state)).isTrue();
        for (int number = 1; number <= state.number() - Snapshots.RECORDS_KEPT; number++) {
            assertThat(RecordCodec.decode(
                                    number, store.read(KEYS.record(number)).orElseThrow())
                            .isTombstone())
                    .isTrue();
        }
    }

    @Test
    void recordsOfUnknownKindsAreKeptAndPassedOverAndNoSnapshotLosesThem() throws Exception {
        GroupState known = appendSettings(SomeGroup.created(store), 70);
        String stored = forged(
                new String(
                        RecordCodec.encode(known, SomeGroup.WRITER, "later", new NodeDeclared(SomeGroup.node(1))),
                        StandardCharsets.UTF_8),
                "node.declared",
                "dataset.pinned");
        store.createIfAbsent(KEYS.record(known.number() + 1), stored.getBytes(StandardCharsets.UTF_8));
        GroupState state = SomeGroup.log(store, 1).read(known);
        assertThat(state.number()).isEqualTo(known.number() + 1);
        assertThat(state.nodes()).isEmpty();
        assertThat(state.unknownRecords()).isEqualTo(1);
        assertThat(SomeGroup.log(store, 1).makeSnapshot(state)).isFalse();
    }

    @Test
    void aTornOrForgedOrNewerRecordIsAClearErrorAndTheStateBeforeItStands() throws Exception {
        GroupState known = SomeGroup.created(store);
        byte[] good = RecordCodec.encode(known, SomeGroup.WRITER, "n", new NodeDeclared(SomeGroup.node(1)));
        String text = new String(good, StandardCharsets.UTF_8);
        checkRefused(known, text.substring(0, text.length() / 2), Kind.BROKEN, "record 2");
        checkRefused(known, "", Kind.BROKEN, "record 2");
        checkRefused(known, text.replace("\"weight\":100", "\"weight\":101"), Kind.BROKEN, "is damaged");
        checkRefused(known, forged(text, "\"number\":2", "\"number\":3"), Kind.BROKEN, "record 2");
        checkRefused(known, forged(text, known.hash(), "1".repeat(64)), Kind.BROKEN, "does not follow");
        checkRefused(known, forged(text, "\"weight\":100", "\"weight\":0"), Kind.BROKEN, "a weight is 1 to");
        checkRefused(known, forged(text, "\"format\":1", "\"format\":2"), Kind.TOO_NEW, "format 2");
        checkRefused(known, forged(text, "\"keyId\":\"\"", "\"keyId\":\"k\""), Kind.TOO_NEW, "key 'k'");
    }

    /** A change by someone who knows how records are made. */
    private static String forged(String stored, String from, String to) {
        assertThat(stored).contains(from);
        String open = stored.replace(from, to).replaceFirst("\"mac\":\"[0-9a-f]*\"}$", "\"mac\":\"\"}");
        return new String(RecordCodec.seal(open.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    @Test
    void aFlippedBitIsNoticedWhereverItIs() throws Exception {
        GroupState known = SomeGroup.created(store);
        byte[] good = RecordCodec.encode(known, SomeGroup.WRITER, "n", new NodeDeclared(SomeGroup.node(1)));
        for (int bit = 0; bit < good.length * Byte.SIZE; bit++) {
            byte[] bad = good.clone();
            bad[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThatThrownBy(() -> RecordCodec.decode(2, bad)).isInstanceOf(GroupLogException.class);
        }
    }

    private void checkRefused(GroupState known, String stored, Kind kind, String why) throws Exception {
        store.replace(KEYS.record(2), stored.getBytes(StandardCharsets.UTF_8));
        LogWalk walk = LogWalk.toEnd(known, SomeGroup.WRITER, "x", LogWalk.Decision.NOTHING);
        LogStep.Done done = SomeGroup.log(store, 1).run(walk);
        assertThat(done.failure()).hasMessageContaining(why);
        assertThat(done.failure()).extracting(GroupLogException::kind).isEqualTo(kind);
        assertThat(done.state()).isEqualTo(known);
    }

    @Test
    void aRecordThatWasChangedAfterItWasReadIsNoticedByTheNext() throws Exception {
        GroupState known = appendSettings(SomeGroup.created(store), 3);
        byte[] third = store.read(KEYS.record(3)).orElseThrow();
        String changed =
                forged(new String(third, StandardCharsets.UTF_8), "\"downGraceMillis\":2,", "\"downGraceMillis\":9,");
        store.replace(KEYS.record(3), changed.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> SomeGroup.log(store, 1).read(GroupState.NONE))
                .isInstanceOf(GroupLogException.class)
                .hasMessageContaining("record 4 of the group log does not follow");
        assertThat(SomeGroup.log(store, 1).read(known)).isEqualTo(known);
    }

    @Test
    void aLogThatDoesNotStartWithItsGroupIsRefused() throws Exception {
        store.createIfAbsent(
                KEYS.record(1),
                RecordCodec.encode(GroupState.NONE, SomeGroup.WRITER, "n", new NodeDeclared(SomeGroup.node(1))));
        assertThatThrownBy(() -> SomeGroup.log(store, 1).read(GroupState.NONE))
                .hasMessageContaining("does not create a group");
    }

    @Test
    void aTombstoneWithoutASnapshotIsRefused() throws Exception {
        GroupState state = appendSettings(SomeGroup.created(store), 200);
        SomeGroup.log(store, 1).makeSnapshot(state);
        store.delete(KEYS.snapshot(state.number()));
        assertThatThrownBy(() -> SomeGroup.log(store, 1).read(GroupState.NONE))
                .hasMessageContaining("no snapshot is above it");
    }

    @Test
    void aStoreThatIsDownEndsAnAppendWhenItsTimeIsOver() throws Exception {
        GroupState known = SomeGroup.created(store);
        store.setDown(ObjectStoreException.Kind.RETRY);
        GroupLog log = SomeGroup.log(store, 1, Duration.ofMillis(100));
        assertThatThrownBy(() -> log.read(known))
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
        assertThatThrownBy(() -> log.append(known, _ -> new NodeDeclared(SomeGroup.node(1))))
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNCLEAR));
    }

    @Test
    void aStoreThatRefusesUsIsNotAskedAgain() throws Exception {
        GroupState known = SomeGroup.created(store);
        store.setDown(ObjectStoreException.Kind.DENIED);
        GroupLog log = SomeGroup.log(store, 1);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> log.read(known), () -> log.append(known, _ -> new NodeDeclared(SomeGroup.node(1))))) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNFIT_STORE));
        }
        assertThat(store.asked()).isEqualTo(2);
    }

    private GroupState appendSettings(GroupState known, int count) throws GroupLogException, ObjectStoreException {
        GroupLog log = SomeGroup.log(store, 900);
        GroupState state = known;
        for (int i = 1; i <= count; i++) {
            Change next = new SettingsChanged(new GroupSettings(i, i));
            state = log.append(state, _ -> next);
        }
        return state;
    }
}
