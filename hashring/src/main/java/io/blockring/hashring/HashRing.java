package io.blockring.hashring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Which node owns a block, and which ones stand in for it: the placement of one epoch. Immutable.
 *
 * <p>The blocks are spread over {@link #PARTITIONS} by the first bits of their hash; each partition has an owner and
 * its replicas, chosen by {@link Placement} when the ring is made. So a look-up is an array read, and two processes
 * that made a ring of the same nodes, in whatever order, agree about every block.
 *
 * <pre>
 * hash    63 ........ 46  45 .......................... 0
 *         partition       (not used)
 *
 * table   [partition * ranks + rank]  index of a node in nodes(): rank 0 the owner, then the replicas
 * </pre>
 */
public final class HashRing {
    /** How many bits of a block's hash say where it belongs. */
    static final int PARTITION_BITS = 18;

    public static final int PARTITIONS = 1 << PARTITION_BITS;

    /** The owner and two replicas. */
    public static final int MAX_RANKS = 3;

    public static final int MAX_NODES = 2048;

    private final long epoch;
    private final List<RingNode> nodes;
    private final int ranks;
    private final short[] table;

    private HashRing(long epoch, List<RingNode> nodes, short[] table) {
        this.epoch = epoch;
        this.nodes = nodes;
        this.ranks = Math.min(nodes.size(), MAX_RANKS);
        this.table = table;
    }

    /**
     * The ring of these nodes; takes about 3 ms per node.
     *
     * @param nodes in any order, none twice; an empty ring has no ranks and owns nothing
     */
    public static HashRing of(long epoch, List<RingNode> nodes) {
        List<RingNode> sorted = new ArrayList<>(nodes);
        sorted.sort(Comparator.comparing(RingNode::id, HashRing::compareUnsigned));
        checkNodes(sorted);
        return new HashRing(epoch, List.copyOf(sorted), new Placement(sorted).table());
    }

    private static void checkNodes(List<RingNode> nodes) {
        if (nodes.size() > MAX_NODES) {
            throw new IllegalArgumentException("a ring has at most " + MAX_NODES + " nodes, not " + nodes.size());
        }
        Set<UUID> ids = new HashSet<>();
        for (RingNode node : nodes) {
            if (!ids.add(node.id())) {
                throw new IllegalArgumentException("node " + node.id() + " is there twice");
            }
        }
    }

    /** The order of the bytes. That of {@link UUID#compareTo} takes the halves for signed numbers. */
    private static int compareUnsigned(UUID a, UUID b) {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }

    public long epoch() {
        return epoch;
    }

    /** The nodes in the order of the bytes of their ids. */
    public List<RingNode> nodes() {
        return nodes;
    }

    /** How many candidates each block has: as many as there are nodes, at most {@link #MAX_RANKS}. */
    public int ranks() {
        return ranks;
    }

    /** The node that owns the block with this hash (the first half of its {@code BlockHash}). */
    public UUID owner(long hash) {
        return candidate(hash, 0);
    }

    /**
     * The node to ask for a block when those of lower rank did not answer.
     *
     * @param rank 0 is the owner, then come the replicas; below {@link #ranks}
     */
    public UUID candidate(long hash, int rank) {
        if (rank < 0 || rank >= ranks) {
            throw new IllegalArgumentException("this ring has " + ranks + " ranks, none is " + rank);
        }
        return nodes.get(table[partition(hash) * ranks + rank]).id();
    }

    /** Which partition a block with this hash is in. */
    public static int partition(long hash) {
        return (int) (hash >>> (Long.SIZE - PARTITION_BITS));
    }

    /** How many of the {@link #PARTITIONS} a node owns; 0 when it is not in the ring. */
    public int partitionsOf(UUID node) {
        int owned = 0;
        for (int partition = 0; partition < PARTITIONS && ranks > 0; partition++) {
            owned += nodes.get(table[partition * ranks]).id().equals(node) ? 1 : 0;
        }
        return owned;
    }

    /** The indexes of the nodes, as drawn above; the array is not to be written. */
    short[] table() {
        return table;
    }

    @Override
    public String toString() {
        return "ring of epoch " + epoch + " with " + nodes.size() + " nodes";
    }
}
