package io.blockring.cachenode;

import io.blockring.group.CacheGroup;
import io.blockring.group.GroupState;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The group of a node that takes part in it: each agreed state becomes the next view. */
final class AgreedGroup implements GroupWatch {
    private static final Logger log = LoggerFactory.getLogger(AgreedGroup.class);
    private static final long LOOK_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    private final CacheGroup group;
    private final AtomicLong nextLookNanos = new AtomicLong(System.nanoTime());
    private volatile GroupView view;

    AgreedGroup(CacheGroup group) {
        this.group = group;
        view = GroupView.of(group.state());
    }

    /** From now on the view follows what is agreed; {@code changed} is run after each change. */
    void follow(Runnable changed) {
        group.onChange(state -> {
            see(state);
            changed.run();
        });
    }

    private void see(GroupState state) {
        if (state.number() != view.revision()) {
            view = GroupView.of(state);
        }
    }

    @Override
    public GroupView view() {
        return view;
    }

    @Override
    public boolean isAlive(UUID node) {
        return group.alive().contains(node);
    }

    /** Many readers may know it at the same time: one look a second is enough. */
    @Override
    public void heardOfEpoch(long epoch) {
        long now = System.nanoTime();
        long next = nextLookNanos.get();
        if (now - next >= 0 && nextLookNanos.compareAndSet(next, now + LOOK_INTERVAL_NANOS)) {
            try {
                group.lookAgain();
            } catch (IllegalStateException e) {
                log.debug("the group does not look for epoch {} now", epoch, e);
            }
        }
    }
}
