package io.blockring.group;

import io.blockring.group.GroupLogException.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node's part in its group: knows what is agreed, tells that this node is there, and publishes epochs by the
 * rules.
 *
 * <p>One thread does all of it, in the pure {@link GroupMember}; JGroups and callers only leave messages. What is agreed
 * is read from a volatile snapshot and never waits. While the store of the log does not answer, the last snapshot stands,
 * also over a restart.
 */
public final class CacheGroup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheGroup.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final int MAX_MESSAGES = 1_024;

    private final GroupLog log;
    private final GroupStateFile file;
    private final GroupMember member;
    private final ClusterChannel channel;
    private final Thread loop;

    private final LinkedBlockingQueue<Runnable> messages = new LinkedBlockingQueue<>(MAX_MESSAGES);
    private final AtomicLong grownTo = new AtomicLong();
    private final List<Consumer<GroupState>> listeners = new ArrayList<>();
    private CompletableFuture<GroupState> wish = new CompletableFuture<>();
    private long nextSnapshotTry;
    private @Nullable Thread snapshotting;

    private volatile GroupState state;
    private volatile List<UUID> alive = List.of();
    private volatile @Nullable GroupLogException problem;
    private volatile boolean closing;

    private CacheGroup(
            CacheGroupSettings settings,
            GroupLog log,
            GroupStateFile file,
            GroupState state,
            Supplier<List<InetSocketAddress>> seeds)
            throws IOException {
        LongSupplier clock = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        EpochRules.Times times = new EpochRules.Times(
                settings.times().unseen().toMillis(),
                settings.times().takeOver().toMillis());
        OwnPart own = new OwnPart(settings.nodeId());
        this.log = log;
        this.file = file;
        this.state = state;
        this.member = new GroupMember(
                state,
                own,
                new EpochRules(settings.nodeId(), own, times, clock, System::currentTimeMillis),
                settings.nodeId(),
                settings.pollInterval().toMillis(),
                clock,
                new SecureRandom(),
                log::nonce);
        this.channel = ClusterChannel.open(settings, () -> peers(seeds), new Incoming());
        this.loop = Thread.ofPlatform().name("group").daemon().unstarted(this::run);
    }

    /**
     * Joins a group that was created before.
     *
     * @param store where its log is; the bare one, see {@link LogStore}
     * @param seeds where JGroups of other nodes may listen, asked anew each time; what the log says is used as well
     * @throws GroupLogException NO_GROUP when there is none; UNREACHABLE when the log cannot be read and this node does
     *     not remember it
     */
    public static CacheGroup start(CacheGroupSettings settings, LogStore store, Supplier<List<InetSocketAddress>> seeds)
            throws IOException {
        GroupLog log =
                new GroupLog(store, settings.group(), settings.nodeId(), new SecureRandom(), settings.logDeadline());
        GroupStateFile file = new GroupStateFile(settings.directory());
        GroupState state = newest(log, file.read(), settings.group());
        file.write(state);
        CacheGroup group = new CacheGroup(settings, log, file, state, seeds);
        group.loop.start();
        return group;
    }

    private static GroupState newest(GroupLog log, GroupState remembered, String group) throws GroupLogException {
        GroupState state;
        try {
            state = log.read(log.contains(remembered) ? remembered : GroupState.NONE);
        } catch (GroupLogException e) {
            boolean noAnswer = e.kind() == Kind.UNREACHABLE || e.kind() == Kind.UNFIT_STORE;
            if (noAnswer && remembered.name().equals(group)) {
                LOG.warn(
                        "Starting with what group {} had agreed by record {}: {}",
                        group,
                        remembered.number(),
                        e.getMessage());
                return remembered;
            }
            throw e;
        }
        if (state.number() == 0) {
            throw new GroupLogException(Kind.NO_GROUP, "there is no group " + group + " in this store");
        }
        return state;
    }

    /** What is agreed, as far as this node knows. */
    public GroupState state() {
        return state;
    }

    /** The nodes that this one sees alive, the coordinator first. */
    public List<UUID> alive() {
        return alive;
    }

    /** What is in the way of following the log or of being declared; empty when nothing is. */
    public Optional<GroupLogException> problem() {
        return Optional.ofNullable(problem);
    }

    /** Where JGroups listens; other nodes need it as a seed. */
    public InetSocketAddress clusterAddress() throws IOException {
        return channel.address();
    }

    /** Calls {@code listener} soon with the state, and after each change; on the group's thread, so it must not block. */
    public void onChange(Consumer<GroupState> listener) {
        send(() -> {
            listeners.add(listener);
            tell(listener);
        });
    }

    /**
     * Makes the group agree that this node is there, and insists on it from now on: cut off and put out, it comes back.
     *
     * @return done when the node is in the ring as declared; until then {@link #problem} says what is in the way
     */
    public CompletableFuture<GroupState> declareSelf(NodeDeclaration node) {
        return wish(() -> member.declare(node));
    }

    /** Takes this node out of the ring; it goes on serving what it has. */
    public CompletableFuture<GroupState> drain() {
        return wish(member::drain);
    }

    /** Makes the group agree that this node is gone. */
    public CompletableFuture<GroupState> leave() {
        return wish(member::leave);
    }

    /** Reads the log soon, as somebody says that it has grown. */
    public void lookAgain() {
        send(member::lookAgain);
    }

    private CompletableFuture<GroupState> wish(Runnable message) {
        CompletableFuture<GroupState> fulfilled = new CompletableFuture<>();
        send(() -> {
            wish.completeExceptionally(new CancellationException("something else was wished since"));
            wish = fulfilled;
            message.run();
        });
        return fulfilled;
    }

    private void send(Runnable message) {
        if (closing || !messages.offer(message)) {
            throw new IllegalStateException(closing ? "the group is closed" : "the group has too much to do");
        }
    }

    private void run() {
        while (!closing) {
            try {
                Runnable message = messages.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
                while (message != null) {
                    message.run();
                    message = messages.poll();
                }
                followLog();
            } catch (InterruptedException _) {
                LOG.debug("The group's thread was asked to end"); // closing says whether it does
            }
        }
        wish.completeExceptionally(new CancellationException("the group was closed"));
    }

    private void followLog() {
        member.viewChanged(alive);
        member.logHasGrown(grownTo.getAndSet(0));
        LogWalk walk = member.nextWalk();
        if (walk == null) {
            return;
        }
        boolean appended = member.ended(log.run(walk));
        noteProblem();
        publish();
        if (appended) {
            channel.announce(state.number());
            makeSnapshot();
        }
    }

    private void noteProblem() {
        GroupLogException before = problem;
        GroupLogException now = member.problem().or(this::obstacle).orElse(null);
        problem = now;
        if (now != null && (before == null || before.kind() != now.kind())) {
            LOG.warn("The group log is not followed; record {} stands: {}", state.number(), now.getMessage());
        } else if (now == null && before != null) {
            LOG.info("The group log is followed again");
        }
    }

    private Optional<GroupLogException> obstacle() {
        return member.obstacle()
                .map(other -> new GroupLogException(
                        Kind.REFUSED,
                        "the name " + other.name() + " belongs to node " + other.id()
                                + "; remove that one, or take another name"));
    }

    private void publish() {
        GroupState newest = member.state();
        if (newest.number() != state.number()) {
            newest.ring(); // made here, so that no reader has to
            state = newest;
            remember(newest);
            listeners.forEach(this::tell);
        }
        if (member.isFulfilled()) {
            wish.complete(newest);
        }
    }

    private void remember(GroupState newest) {
        try {
            file.write(newest);
        } catch (IOException e) {
            LOG.warn("What was agreed is not remembered over a restart: {}", e.toString());
        }
    }

    private void tell(Consumer<GroupState> listener) {
        try {
            listener.accept(state);
        } catch (RuntimeException e) {
            LOG.error("A listener failed at record {} of the group log", state.number(), e);
        }
    }

    private void makeSnapshot() {
        GroupState newest = state;
        if (newest.number() >= nextSnapshotTry && (snapshotting == null || !snapshotting.isAlive())) {
            nextSnapshotTry = newest.number() + Snapshots.RECORDS_BETWEEN;
            snapshotting = Thread.ofVirtual().name("group-snapshot").start(() -> makeSnapshot(newest));
        }
    }

    private void makeSnapshot(GroupState newest) {
        try {
            log.makeSnapshot(newest);
        } catch (GroupLogException e) {
            LOG.warn("The group log is not shortened at record {}: {}", newest.number(), e.getMessage());
        }
    }

    private List<InetSocketAddress> peers(Supplier<List<InetSocketAddress>> seeds) {
        Set<InetSocketAddress> peers = new LinkedHashSet<>();
        try {
            peers.addAll(seeds.get());
        } catch (RuntimeException e) {
            LOG.warn("The seeds could not be asked for other nodes: {}", e.toString());
        }
        for (GroupNode node : state.nodes().values()) {
            if (node.state() != NodeState.OUT) {
                address(node.declared().addresses().cluster()).ifPresent(peers::add);
            }
        }
        return List.copyOf(peers);
    }

    private static Optional<InetSocketAddress> address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        String port = hostAndPort.substring(colon + 1);
        if (colon < 1 || port.isEmpty() || port.length() > 5 || !port.chars().allMatch(Character::isDigit)) {
            return Optional.empty();
        }
        int number = Integer.parseInt(port);
        return number > 0xffff
                ? Optional.empty()
                : Optional.of(new InetSocketAddress(hostAndPort.substring(0, colon), number));
    }

    /** Leaves the cluster, but not the group: what was agreed of this node stays. */
    @Override
    public void close() {
        closing = true;
        loop.interrupt();
        Thread snapshot = snapshotting;
        if (snapshot != null) {
            snapshot.interrupt();
        }
        channel.close();
        try {
            if (!loop.join(CLOSE_DEADLINE)) {
                LOG.warn("The group's thread did not end in {} s", CLOSE_DEADLINE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Leaves messages for the loop; on the threads of JGroups. */
    private final class Incoming implements ClusterChannel.Listener {
        @Override
        public void viewChanged(List<UUID> nodes) {
            alive = List.copyOf(nodes);
            wake();
        }

        @Override
        public void logHasGrown(long number) {
            grownTo.accumulateAndGet(number, Math::max);
            wake();
        }

        /** A full queue wakes the loop as well. */
        private void wake() {
            boolean added = messages.offer(() -> {});
            LOG.trace("A message has come; the loop was {}", added ? "woken" : "awake");
        }
    }
}
