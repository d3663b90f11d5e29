package io.blockring.group;

import io.blockring.group.EpochRules.Times;
import io.blockring.objectstore.ObjectStoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Nodes of a group with lost and late messages, views and answers, which crash, sleep and are cut off; from one seed. */
final class SimulatedCluster {
    static final GroupSettings SETTINGS = new GroupSettings(
            Duration.ofMinutes(2).toMillis(), Duration.ofMinutes(1).toMillis());
    static final long POLL_MILLIS = 20_000;

    private static final Times TIMES = new Times(5_000, 2_000);
    /** Few, so that these short logs have snapshots and tombstones. */
    private static final int RECORDS_BETWEEN = 6;

    private static final int RECORDS_KEPT = 3;
    private static final long TICK_MILLIS = 2_000;
    private static final long SLOWEST_VIEW_MILLIS = 12_000;

    final SimulatedTime time = new SimulatedTime();
    final SimulatedStore store;
    final List<Node> nodes = new ArrayList<>();
    private final Random random;
    private boolean faulty = true;

    SimulatedCluster(Random random, int size) {
        this.random = random;
        this.store = new SimulatedStore(time, random);
        for (int i = 1; i <= size; i++) {
            nodes.add(new Node(i));
        }
        createGroup();
    }

    private void createGroup() {
        Change created = new Change.GroupCreated(new UUID(7, 7), SomeGroup.NAME, SETTINGS, 0);
        LogWalk walk = LogWalk.toAppend(
                GroupState.NONE, SomeGroup.WRITER, nonce(), state -> state.number() == 0 ? created : null);
        store.heal();
        new Walker(walk).go();
        time.run(Duration.ofSeconds(1));
    }

    /** Takes a walk through the store without a node. */
    private final class Walker {
        private final LogWalk walk;

        Walker(LogWalk walk) {
            this.walk = walk;
        }

        void go() {
            if (!(walk.next() instanceof LogStep.Done)) {
                store.perform(walk, true, answer -> {
                    answer.run();
                    go();
                });
            }
        }
    }

    private String nonce() {
        byte[] nonce = new byte[16];
        random.nextBytes(nonce);
        return HexFormat.of().formatHex(nonce);
    }

    void startAll() {
        nodes.forEach(Node::start);
    }

    /** From now on nothing is lost, everyone runs and sees everyone, and there is time to notice. */
    void healAndSettle() {
        faulty = false;
        store.heal();
        for (Node node : nodes) {
            node.side = 0;
            node.reachesStore = true;
            if (node.member == null) {
                node.start();
            }
            if (node.asleep) {
                node.wake();
            }
        }
        changeViews();
        time.run(Duration.ofMinutes(10));
    }

    /** One thing that goes wrong or comes right again. */
    void disturb() {
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(12)) {
            case 0, 1 -> node.crash();
            case 2, 3 -> node.start();
            case 4 -> node.sleep();
            case 5 -> node.wake();
            case 6 -> split();
            case 7 -> nodes.forEach(each -> each.side = 0);
            case 8 -> node.reachesStore = !node.reachesStore;
            default -> makeSnapshot(node);
        }
        changeViews();
    }

    private void split() {
        nodes.forEach(node -> node.side = random.nextInt(2));
    }

    /** Stops half way now and then. */
    private void makeSnapshot(Node node) {
        if (node.member == null) {
            return;
        }
        time.note("snapshot by " + node.number);
        store.values().failAfter(random.nextBoolean() ? random.nextInt(20) : Integer.MAX_VALUE);
        try {
            new Snapshots(store.values(), new LogKeys(SomeGroup.NAME), RECORDS_BETWEEN, RECORDS_KEPT)
                    .make(node.member.state());
        } catch (ObjectStoreException e) {
            time.note("the snapshot stopped half way");
        } catch (GroupLogException e) {
            throw new AssertionError("a snapshot failed", e);
        } finally {
            store.values().failAfter(Integer.MAX_VALUE);
        }
    }

    /** Each node notices after a while whom it sees then. */
    void changeViews() {
        for (Node node : nodes) {
            time.in(100 + random.nextLong(SLOWEST_VIEW_MILLIS), () -> node.deliver(node::look));
        }
    }

    void tellOthers(Node from, long number) {
        for (Node node : nodes) {
            boolean heard = node != from && node.side == from.side && !(faulty && random.nextInt(5) == 0);
            if (heard) {
                time.in(1 + random.nextLong(faulty ? 3_000 : 10), () -> node.deliver(() -> node.hear(number)));
            }
        }
    }

    final class Node {
        final int number;
        final UUID id;
        int side;
        boolean reachesStore = true;
        private boolean asleep;
        private @Nullable GroupMember member;
        private @Nullable LogWalk walk;
        private boolean busy;
        private int life;
        private GroupState remembered = GroupState.NONE;
        private final Deque<Runnable> waiting = new ArrayDeque<>();

        Node(int number) {
            this.number = number;
            this.id = SomeGroup.id(number);
        }

        GroupState state() {
            return member == null ? remembered : member.state();
        }

        void start() {
            if (member != null) {
                return;
            }
            time.note("start " + number);
            life++;
            if (random.nextInt(4) == 0) {
                remembered = GroupState.NONE;
            }
            OwnPart own = new OwnPart(id);
            EpochRules rules = new EpochRules(id, own, TIMES, time::nowMillis, time::nowMillis);
            GroupMember started = new GroupMember(
                    remembered, own, rules, id, POLL_MILLIS, time::nowMillis, random, SimulatedCluster.this::nonce);
            NodeAddresses addresses = new NodeAddresses("", "", "", "127.0.0.1:" + (1_000 + random.nextInt(3)), "");
            started.declare(new NodeDeclaration(id, "n" + number, 100, "", addresses));
            member = started;
            int thisLife = life;
            time.in(random.nextLong(TICK_MILLIS), () -> tick(thisLife));
            changeViews();
        }

        void crash() {
            time.note("crash " + number);
            member = null;
            walk = null;
            busy = false;
            asleep = false;
            waiting.clear();
            life++;
        }

        void sleep() {
            time.note("sleep " + number);
            asleep = member != null;
        }

        /** All that came meanwhile comes now, old views first. */
        void wake() {
            time.note("wake " + number);
            asleep = false;
            while (!waiting.isEmpty()) {
                waiting.remove().run();
            }
        }

        void deliver(Runnable message) {
            if (asleep) {
                waiting.add(message);
            } else {
                message.run();
            }
        }

        private void tick(int ofLife) {
            if (life == ofLife) {
                deliver(this::act);
                time.in(TICK_MILLIS, () -> tick(ofLife));
            }
        }

        private void look() {
            if (member != null) {
                member.viewChanged(nodes.stream()
                        .filter(node -> node.member != null && node.side == side && (!node.asleep || node == this))
                        .map(node -> node.id)
                        .toList());
                act();
            }
        }

        private void hear(long grownTo) {
            if (member != null) {
                member.logHasGrown(grownTo);
                act();
            }
        }

        private void act() {
            GroupMember running = member;
            if (running == null || busy) {
                return;
            }
            LogWalk current = walk == null ? running.nextWalk() : walk;
            walk = current;
            if (current == null) {
                return;
            }
            if (current.next() instanceof LogStep.Done done) {
                walk = null;
                end(running, done);
                return;
            }
            busy = true;
            int thisLife = life;
            store.perform(
                    current,
                    reachesStore,
                    answer -> deliver(() -> {
                        if (life == thisLife) {
                            busy = false;
                            answer.run();
                            act();
                        }
                    }));
        }

        private void end(GroupMember running, LogStep.Done done) {
            GroupState before = running.state();
            if (running.ended(done)) {
                tellOthers(this, running.state().number());
            }
            GroupState now = running.state();
            if (now.number() < before.number()
                    || now.epoch().number() < before.epoch().number()) {
                throw new AssertionError("node " + number + " went back from " + before + " to " + now);
            }
            if (!store.hasLineage(now)) {
                throw new AssertionError("node " + number + " is on another lineage at record " + now.number());
            }
            remembered = now;
            time.note("node " + number + " at " + now.number());
        }
    }
}
