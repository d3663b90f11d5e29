package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.Stamp;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session of this mount, and the end of those that died. A session says every few seconds until when it counts as
 * alive; whoever finds that time passed, and nothing said since ({@link SessionWatch}), deletes the inodes that it
 * sustained and drops its locks.
 */
final class Sessions {
    /** How often a session is to say that it lives. */
    static final Duration HEARTBEAT = Duration.ofSeconds(12);

    /** How long a session counts as alive after it has said so. */
    static final Duration LIFE = HEARTBEAT.multipliedBy(5);

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    /** A beat, or a little less: no beat is missed by the time that its own work takes. */
    private static final Duration CLEAN_EVERY = HEARTBEAT.multipliedBy(9).dividedBy(10);

    private final MetaEngine engine;
    private final Transactions transactions;
    private final OpenFiles openFiles;
    private final Locks locks;
    private final DeadData deadData;
    private final VolumeClock clock;
    private final SessionInfo info;
    private final long id;
    private final SessionWatch watch = new SessionWatch(LIFE.minus(HEARTBEAT.multipliedBy(2)), CLEAN_EVERY);
    private volatile boolean begun;

    Sessions(
            MetaEngine engine,
            Transactions transactions,
            OpenFiles openFiles,
            Locks locks,
            DeadData deadData,
            VolumeClock clock,
            SessionInfo info,
            long id) {
        this.engine = engine;
        this.transactions = transactions;
        this.openFiles = openFiles;
        this.locks = locks;
        this.deadData = deadData;
        this.clock = clock;
        this.info = info;
        this.id = id;
    }

    static long newId(MetaEngine engine) throws FileError {
        return Ids.more(engine, Counter.NEXT_SESSION, 1);
    }

    /** Makes the session known. Where no other process can be at the volume, the others are all dead: ends them. */
    void begin() throws FileError {
        sayAlive();
        begun = true;
        if (engine.exclusive()) {
            for (SessionRecord other : others()) {
                endDead(other.id());
            }
        }
    }

    /** Says that this session lives, and looks for dead ones if nobody has lately, or if it watches some. */
    void heartbeat() throws FileError {
        sayAlive();
        long now = clock.instant().getEpochSecond();
        if (engine.setIfSmaller(Stamp.CLEANUP_SESSIONS, now, CLEAN_EVERY.toSeconds()) || watch.isBusy()) {
            for (long dead : watch.look(others(), now, clock.steadyNanos())) {
                endDead(dead);
            }
        }
    }

    /** The description is written again if another client took this session for dead. */
    private void sayAlive() throws FileError {
        transactions.run(transaction -> {
            transaction.witness(Witness.REPEAT);
            if (transaction.sessionInfo(id) == null) {
                if (begun) {
                    LOG.warn("session {} was taken for dead: its locks, and files without a name, may be gone", id);
                }
                transaction.putSessionInfo(id, info.toJson());
            }
            long expiresAt = clock.instant().plus(LIFE).getEpochSecond();
            transaction.putSession(new SessionRecord(id, expiresAt));
            return true;
        });
    }

    private List<SessionRecord> others() throws FileError {
        List<SessionRecord> others = new ArrayList<>();
        engine.scans().sessions().forEach(session -> {
            if (session.id() != id) {
                others.add(session);
            }
        });
        return others;
    }

    private void endDead(long session) throws FileError {
        LOG.info("session {} is dead; what it held open is deleted, and its locks end", session);
        end(session);
    }

    /** Ends this session. */
    void end() throws FileError {
        end(id);
    }

    private void end(long session) throws FileError {
        locks.dropAll(session);
        engine.scans()
                .sustained(session)
                .forEach(inode -> deadData.deleteSoon(openFiles.deleteSustained(session, inode)));
        transactions.run(transaction -> {
            transaction.witness(Witness.REPEAT);
            transaction.deleteSession(session);
            return true;
        });
    }
}
