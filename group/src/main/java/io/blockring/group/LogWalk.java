package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Goes to the end of a log and appends a record there, if one is wanted; one step of the store at a time. Pure.
 *
 * <pre>
 *            found: fold it, go on behind it
 *           +------+
 *           v      |     absent                    created
 *  start -> READ n ------------> decide -> CREATE n -------> done
 *           ^  |                   |          |
 *           |  | tombstone         | nothing  | anything else: exists, unclear, no answer
 *           |  v                   v          v
 *           SNAPSHOT              done      READ n: our nonce? done. Another's? fold it, READ n + 1.
 *                                                   Absent? CREATE n with the same bytes again.
 * </pre>
 *
 * <p>A create that was not answered may still happen, even later. So until the number is seen taken, only the same bytes
 * are tried again under it, and the next number is only tried once this one is seen taken by another. As a number is
 * never freed, no record is there twice, none is left out, and a writer that slept for a day finds its number taken.
 */
final class LogWalk {
    /** How often a record may be created, under whatever numbers, before the walk gives up. */
    static final int MAX_CREATES = 200;

    /** What the log needs, seen from its end; asked again whenever that has moved. */
    @FunctionalInterface
    interface Decision {
        Decision NOTHING = _ -> null;

        /** The change to append behind {@code state}, or null for none. */
        @Nullable
        Change decide(GroupState state) throws GroupLogException;
    }

    private final UUID writer;
    private final String nonce;
    private final Decision decision;

    private GroupState state;
    private LogStep next;
    private boolean appended;
    private int creates;

    /** The record that we try to create under the next number; null before the decision and once another was faster. */
    private byte @Nullable [] draft;

    /** Whether the draft may be in the store or come there later. */
    private boolean unclear;

    /** Whether the next record was seen to be a tombstone. */
    private boolean buried;

    /**
     * @param state the log as known so far; it is taken for the end until the store says otherwise
     * @param nonce used for no other walk
     */
    static LogWalk toAppend(GroupState state, UUID writer, String nonce, Decision decision) {
        LogWalk walk = new LogWalk(state, writer, nonce, decision);
        walk.next = state.number() == 0 ? new LogStep.LoadSnapshot() : walk.decide();
        return walk;
    }

    /** Goes to the end first, then decides. */
    static LogWalk toEnd(GroupState state, UUID writer, String nonce, Decision decision) {
        LogWalk walk = new LogWalk(state, writer, nonce, decision);
        walk.next = state.number() == 0 ? new LogStep.LoadSnapshot() : walk.readNext();
        return walk;
    }

    private LogWalk(GroupState state, UUID writer, String nonce, Decision decision) {
        this.writer = writer;
        this.nonce = nonce;
        this.decision = decision;
        this.state = state;
        this.next = new LogStep.LoadSnapshot();
    }

    LogStep next() {
        return next;
    }

    GroupState state() {
        return state;
    }

    void created() {
        byte[] stored = draft();
        long number = state.number() + 1;
        fold(number, stored);
        if (!(next instanceof LogStep.Done)) {
            appended = true;
            next = done(null);
        }
    }

    /** The store said anything but that the record is created. */
    void notCreated() {
        draft();
        unclear = true;
        next = readNext();
    }

    void absent() {
        byte[] again = draft;
        if (again == null) {
            next = appended ? done(null) : decide();
        } else {
            next = create(again);
        }
    }

    void found(byte[] stored) {
        long number = state.number() + 1;
        LogRecord record;
        try {
            record = RecordCodec.decode(number, stored);
        } catch (GroupLogException e) {
            next = done(e);
            return;
        }
        appended |= record.nonce().equals(nonce);
        draft = null;
        unclear = false;
        if (record.isTombstone()) {
            buried = true;
            next = new LogStep.LoadSnapshot();
            return;
        }
        next = new LogStep.Read(number + 1);
        fold(number, stored);
    }

    /** @param newest the state in the newest snapshot, or null when there is none */
    void snapshot(@Nullable GroupState newest) {
        boolean further = newest != null && newest.number() > state.number();
        if (!further && buried) {
            next = done(new GroupLogException(
                    Kind.BROKEN,
                    "record " + (state.number() + 1)
                            + " of the group log is a tombstone, and no snapshot is above it"));
            return;
        }
        if (newest != null && further) {
            state = newest;
        }
        buried = false;
        next = readNext();
    }

    /** The store did not answer a read and will not be asked again: it is down, or the time is over. */
    void unanswered(GroupLogException reason) {
        next = done(reason);
    }

    /** The bytes of the record to create. */
    byte[] draft() {
        byte[] stored = draft;
        if (stored == null || !(next instanceof LogStep.Create)) {
            throw new IllegalStateException("no record was to be created");
        }
        return stored;
    }

    private LogStep decide() {
        Change change;
        try {
            change = decision.decide(state);
        } catch (GroupLogException e) {
            return done(e);
        }
        if (change == null) {
            return done(null);
        }
        return create(RecordCodec.encode(state, writer, nonce, change));
    }

    private LogStep create(byte[] stored) {
        if (creates >= MAX_CREATES) {
            return done(new GroupLogException(
                    Kind.CROWDED, "a record was not created in " + creates + " tries: other writers were faster"));
        }
        creates++;
        draft = stored;
        return new LogStep.Create(state.number() + 1);
    }

    private LogStep readNext() {
        return new LogStep.Read(state.number() + 1);
    }

    private void fold(long number, byte[] stored) {
        try {
            state = GroupFold.next(state, RecordCodec.decode(number, stored), stored);
            draft = null;
            unclear = false;
        } catch (GroupLogException e) {
            next = done(e);
        }
    }

    private LogStep.Done done(@Nullable GroupLogException failure) {
        if (failure == null || appended || !unclear) {
            return new LogStep.Done(state, appended, failure);
        }
        return new LogStep.Done(state, false, unclear(failure));
    }

    private GroupLogException unclear(GroupLogException failure) {
        return new GroupLogException(
                Kind.UNCLEAR,
                "the store did not say whether record " + (state.number() + 1) + " was created: "
                        + failure.getMessage(),
                failure);
    }
}
