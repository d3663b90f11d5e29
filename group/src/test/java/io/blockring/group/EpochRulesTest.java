package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.group.Change.EpochPublished;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import io.blockring.group.EpochRules.Times;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EpochRulesTest {
    private static final Times TIMES = new Times(5_000, 2_000);
    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private long now = 1_000_000;
    private GroupState state = GroupState.NONE;
    private final OwnPart own = new OwnPart(SomeGroup.id(1));
    private final EpochRules rules = new EpochRules(SomeGroup.id(1), own, TIMES, () -> now, () -> now);

    @Test
    void aNodeThatJoinsIsInAnEpochAtOnceWhateverItSees() throws Exception {
        group(2, 3, 4);
        own.declare(SomeGroup.node(1));
        assertThat(rules.due()).isEqualTo(new NodeDeclared(SomeGroup.node(1)));
        fold(new NodeDeclared(SomeGroup.node(1)));
        EpochPublished joined = epochDue();
        assertThat(joined.members()).hasSize(4);
        fold(joined);
        assertThat(rules.due()).isNull();
        assertThat(own.isFulfilled(state)).isTrue();
    }

    @Test
    void aDeadNodeMakesNoEpochUntilItsGraceEnds() throws Exception {
        group(1, 2, 3);
        see(1, 2);
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(5));
        assertThat(rules.due()).isEqualTo(turned(NodeState.DOWN_GRACE, 3));
        fold(rules.due());
        for (int minute = 0; minute < 10; minute++) {
            assertThat(rules.due()).isNull();
            pass(Duration.ofMinutes(1));
        }
        EpochPublished lost = epochDue();
        assertThat(lost.lost()).containsExactly(SomeGroup.id(3));
        assertThat(lost.members()).containsExactly(SomeGroup.node(1), SomeGroup.node(2));
        assertThat(lost.previous()).isEqualTo(state.epoch().number());
    }

    @Test
    void aNodeThatReturnsInItsGraceKeepsItsPlace() throws Exception {
        group(1, 2, 3);
        goDown(3);
        pass(GRACE.minusSeconds(1));
        see(1, 2, 3);
        assertThat(rules.due()).isEqualTo(turned(NodeState.UP, 3));
        fold(rules.due());
        pass(GRACE);
        assertThat(rules.due()).isNull();
        assertThat(state.epoch().number()).isEqualTo(1);
    }

    @Test
    void theGraceOfANodeThatDiesAgainStartsAnew() throws Exception {
        group(1, 2, 3);
        goDown(3);
        pass(GRACE.minusSeconds(1));
        state = SomeGroup.after(state, turned(NodeState.UP, 3), turned(NodeState.DOWN_GRACE, 3)); // both read at once
        rules.saw(state);
        pass(GRACE.minusSeconds(1));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(1));
        assertThat(rules.due()).isInstanceOf(EpochPublished.class);
    }

    @Test
    void aViewWithHalfOfTheWeightOrLessPutsNobodyOut() throws Exception {
        group(1, 2);
        see(1);
        pass(GRACE.multipliedBy(2));
        assertThat(rules.hasMajority()).isFalse();
        assertThat(rules.due()).isNull();
        fold(turned(NodeState.DOWN_GRACE, 2));
        pass(GRACE.multipliedBy(2));
        assertThat(rules.due()).isNull();
        fold(turned(NodeState.OUT, 2)); // by an administrator
        assertThat(rules.due()).isInstanceOf(EpochPublished.class);
    }

    @Test
    void itIsTheWeightThatCounts() throws Exception {
        fold(SomeGroup.CREATED, new NodeDeclared(SomeGroup.node(1, 300)));
        fold(new NodeDeclared(SomeGroup.node(2)), new NodeDeclared(SomeGroup.node(3)));
        fold(NextEpoch.wanted(state, 0));
        see(1);
        assertThat(rules.hasMajority()).isTrue();
        see(2, 3);
        assertThat(rules.hasMajority()).isFalse();
    }

    @Test
    void nodesThatAreMissedAMomentApartAreOutInOneEpoch() throws Exception {
        group(1, 2, 3, 4, 5, 6, 7);
        see(1, 2, 3, 4);
        pass(Duration.ofSeconds(6));
        fold(turned(NodeState.DOWN_GRACE, 5));
        pass(Duration.ofSeconds(3));
        fold(turned(NodeState.DOWN_GRACE, 6));
        pass(Duration.ofSeconds(3));
        fold(turned(NodeState.DOWN_GRACE, 7));
        pass(GRACE.minusSeconds(6));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(3));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(2)); // the first has waited for the others long enough
        assertThat(epochDue().lost()).containsExactlyInAnyOrder(SomeGroup.id(5), SomeGroup.id(6));
        pass(Duration.ofSeconds(1));
        assertThat(epochDue().lost()).containsExactlyInAnyOrder(SomeGroup.id(5), SomeGroup.id(6), SomeGroup.id(7));
    }

    @Test
    void lostNodesAreOutInOneEpochAndTheNextOneWaitsAMinute() throws Exception {
        group(1, 2, 3, 4, 5, 6, 7);
        see(1, 2, 3, 4);
        pass(Duration.ofSeconds(6));
        fold(turned(NodeState.DOWN_GRACE, 5, 6));
        pass(Duration.ofSeconds(30));
        fold(turned(NodeState.DOWN_GRACE, 7));
        pass(GRACE.minusSeconds(30));
        EpochPublished first = epochDue();
        assertThat(first.lost()).containsExactlyInAnyOrder(SomeGroup.id(5), SomeGroup.id(6));
        fold(first);
        pass(INTERVAL.minusSeconds(1));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(1));
        assertThat(epochDue().lost()).containsExactly(SomeGroup.id(7));
    }

    @Test
    void whoComesLaterInTheViewActsOnlyWhenThoseBeforeItDoNot() throws Exception {
        group(1, 2, 3, 4);
        rules.saw(ids(3, 2, 1));
        pass(Duration.ofSeconds(5));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(3));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(1));
        assertThat(rules.due()).isEqualTo(turned(NodeState.DOWN_GRACE, 4));
    }

    @Test
    void aPausedNodeThatWakesWithAnOldViewFirstReadsThatTheOthersWereBack() throws Exception {
        group(1, 2, 3);
        goDown(3);
        pass(GRACE.multipliedBy(3)); // it slept; the view is still the old one
        assertThat(rules.due()).isInstanceOf(EpochPublished.class); // so it tries, loses the number, and reads on:
        fold(turned(NodeState.UP, 3));
        assertThat(rules.due()).isNull();
    }

    @Test
    void aLostNodeThatIsAliveComesBackByItselfAndARemovedOneDoesNot() throws Exception {
        group(1, 2, 3);
        own.declare(SomeGroup.node(1));
        assertThat(rules.due()).isNull();
        fold(turned(NodeState.DOWN_GRACE, 1));
        assertThat(rules.due()).isNull();
        pass(Duration.ofSeconds(5));
        assertThat(rules.due()).isEqualTo(turned(NodeState.UP, 1));
        fold(NextEpoch.without(ids(1), state, 0));
        assertThat(rules.due()).isEqualTo(new NodeDeclared(SomeGroup.node(1)));
        fold(rules.due());
        fold(rules.due());
        assertThat(own.isFulfilled(state)).isTrue();
        assertThat(rules.due()).isNull();
        fold(turned(NodeState.OUT, 1));
        fold(rules.due());
        assertThat(rules.due()).isNull();
        assertThat(state.epoch().members()).hasSize(2);
    }

    @Test
    void aNodeDrainsAndThenLeaves() throws Exception {
        group(1, 2, 3);
        own.drain();
        assertThat(rules.due()).isEqualTo(turned(NodeState.DRAINING, 1));
        fold(rules.due());
        EpochPublished without = epochDue();
        assertThat(without.members()).containsExactly(SomeGroup.node(2), SomeGroup.node(3));
        fold(without);
        assertThat(own.isFulfilled(state)).isTrue();
        own.leave();
        assertThat(rules.due()).isEqualTo(turned(NodeState.OUT, 1));
        fold(rules.due());
        assertThat(rules.due()).isNull();
    }

    @Test
    void aDrainingNodeThatDiesIsOutAfterTheGrace() throws Exception {
        group(1, 2, 3);
        fold(turned(NodeState.DRAINING, 3));
        fold(rules.due());
        see(1, 2);
        pass(GRACE);
        assertThat(rules.due()).isEqualTo(turned(NodeState.OUT, 3));
    }

    @Test
    void aNameThatAnotherLivingNodeHasIsNotTaken() throws Exception {
        group(2, 3);
        NodeDeclaration sameName = new NodeDeclaration(SomeGroup.id(1), "n2", 100, "", NodeAddresses.NONE);
        own.declare(sameName);
        assertThat(rules.due()).isNull();
        assertThat(own.obstacle(state).orElseThrow().id()).isEqualTo(SomeGroup.id(2));
        fold(turned(NodeState.DOWN_GRACE, 2));
        assertThat(rules.due()).isEqualTo(new NodeDeclared(sameName));
    }

    @Test
    void aNodeThatOthersDoNotSeeDoesNotQuarrelWithThem() throws Exception {
        group(1, 2, 3);
        own.declare(SomeGroup.node(1));
        assertThat(rules.due()).isNull();
        see(1);
        fold(turned(NodeState.DOWN_GRACE, 1));
        pass(GRACE);
        assertThat(rules.due()).isNull();
        fold(NextEpoch.without(ids(1), state, 0));
        pass(GRACE);
        assertThat(rules.due()).isNull();
        see(1, 2, 3);
        assertThat(rules.due()).isEqualTo(new NodeDeclared(SomeGroup.node(1)));
    }

    private EpochPublished epochDue() {
        Change due = rules.due();
        assertThat(due).isInstanceOf(EpochPublished.class);
        return (EpochPublished) Objects.requireNonNull(due);
    }

    private void group(int... nodes) throws GroupLogException {
        fold(SomeGroup.CREATED);
        for (int node : nodes) {
            fold(new NodeDeclared(SomeGroup.node(node)));
        }
        fold(NextEpoch.wanted(state, 0));
        see(nodes);
        pass(INTERVAL);
    }

    private void goDown(int node) throws GroupLogException {
        see(1, 2);
        pass(Duration.ofSeconds(5));
        fold(turned(NodeState.DOWN_GRACE, node));
    }

    private void see(int... nodes) {
        rules.saw(ids(nodes));
    }

    private void pass(Duration time) {
        now += time.toMillis();
    }

    private void fold(@Nullable Change... changes) throws GroupLogException {
        state = SomeGroup.after(state, changes);
        rules.saw(state);
    }

    private static NodesTurned turned(NodeState state, int... nodes) {
        return new NodesTurned(ids(nodes), state);
    }

    private static List<UUID> ids(int... nodes) {
        return Arrays.stream(nodes).mapToObj(SomeGroup::id).toList();
    }
}
