package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import io.blockring.group.LogWalk.Decision;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in the agreement: it follows the log, by hints and by a slow poll, and appends what {@link EpochRules}
 * ask for. Pure, but for its clocks; {@link CacheGroup} brings it messages and carries its walks to the store.
 *
 * <p>When the store does not answer, what was agreed last stands.
 */
final class GroupMember {
    private static final long FIRST_PAUSE_MILLIS = 250;

    private final UUID self;
    private final OwnPart own;
    private final EpochRules rules;
    private final long pollMillis;
    private final LongSupplier clock;
    private final RandomGenerator random;
    private final Supplier<String> nonces;

    private GroupState state;
    private long grownTo;
    private long nextPollAt;
    private long notBefore;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private boolean walking;
    private @Nullable GroupLogException problem;

    /** @param pollMillis about how long a lost hint can hide that the log has grown */
    GroupMember(
            GroupState state,
            OwnPart own,
            EpochRules rules,
            UUID self,
            long pollMillis,
            LongSupplier clock,
            RandomGenerator random,
            Supplier<String> nonces) {
        this.state = state;
        this.self = self;
        this.own = own;
        this.rules = rules;
        this.pollMillis = pollMillis;
        this.clock = clock;
        this.random = random;
        this.nonces = nonces;
        this.nextPollAt = clock.getAsLong();
        rules.saw(state);
    }

    GroupState state() {
        return state;
    }

    /** Why the log could not be followed the last time; empty when it could. */
    Optional<GroupLogException> problem() {
        return Optional.ofNullable(problem);
    }

    void viewChanged(List<UUID> alive) {
        rules.saw(alive);
    }

    void logHasGrown(long number) {
        grownTo = Math.max(grownTo, number);
    }

    /** Reads the log at the next occasion. */
    void lookAgain() {
        nextPollAt = clock.getAsLong();
        notBefore = nextPollAt;
    }

    void declare(NodeDeclaration declaration) {
        own.declare(declaration);
        lookAgain();
    }

    void drain() {
        own.drain();
        lookAgain();
    }

    void leave() {
        own.leave();
        lookAgain();
    }

    boolean isFulfilled() {
        return own.isFulfilled(state);
    }

    /** What keeps this node from being declared. */
    Optional<GroupNode> obstacle() {
        return own.obstacle(state);
    }

    /** A walk to take to its end now, and then to bring to {@link #ended}; null while nothing is to be done. */
    @Nullable
    LogWalk nextWalk() {
        long now = clock.getAsLong();
        if (walking || now < notBefore) {
            return null;
        }
        boolean mayHaveGrown = now >= nextPollAt || grownTo > state.number();
        if (mayHaveGrown || rules.due() != null) {
            walking = true;
            Decision decision = newest -> {
                rules.saw(newest);
                return rules.due();
            };
            return mayHaveGrown
                    ? LogWalk.toEnd(state, self, nonces.get(), decision)
                    : LogWalk.toAppend(state, self, nonces.get(), decision);
        }
        return null;
    }

    /** Takes what a walk found; says whether the others should be told that the log has grown. */
    boolean ended(LogStep.Done done) {
        walking = false;
        state = done.state();
        rules.saw(state);
        problem = done.failure();
        if (problem == null) {
            grownTo = 0;
            pauseMillis = FIRST_PAUSE_MILLIS;
            nextPollAt = clock.getAsLong() + jittered(pollMillis);
        } else {
            nextPollAt = clock.getAsLong();
            notBefore = nextPollAt + jittered(pauseMillis);
            boolean willNotPass = problem.kind() == Kind.BROKEN || problem.kind() == Kind.TOO_NEW;
            pauseMillis = willNotPass ? pollMillis : Math.min(pollMillis, pauseMillis * 2);
        }
        return done.appended();
    }

    /** Between three and five quarters. */
    private long jittered(long millis) {
        return millis * 3 / 4 + random.nextLong(millis / 2 + 1);
    }
}
