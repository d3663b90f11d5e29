package io.blockring.hashring;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Gives each partition its owner and its replicas.
 *
 * <p><b>Weighted rendezvous hashing</b> (Thaler and Ravishankar 1998; with weights as in Schindelhauer and Schomaker
 * 2005; the integer form is that of the straw2 buckets of Ceph's CRUSH): each pair of partition and node has a
 * distance, -log2(u) / weight, where u is the hash of the pair as a fraction of 1. The nearest node is the owner. The
 * distances are exponentially distributed, so a node is the nearest of all in proportion to its weight, and a node
 * that comes or goes moves only partitions to or from itself.
 *
 * <p><b>The cap</b>: chance alone fills some node 8 % above its share when there are 200, and the fullest node decides
 * how much the group can hold. So no node has more than {@link #CAP_PERCENT} of its share. A node above it keeps its
 * nearest partitions and turns away the others, which go to their next nearest node, and so on: the deferred
 * acceptance of Gale and Shapley (1962). Node and partition go by the same distance, so the outcome is the only stable
 * one and does not depend on the order of the steps; and a partition that comes from a lost node, being far from its
 * next one, seldom pushes out another.
 *
 * <p><b>Replicas</b> are the next nearest nodes, those in zones not yet used before all others.
 */
final class Placement {
    static final int CAP_PERCENT = 105;

    /** A distance is (-log2 u) * 2^{@value #DISTANCE_BITS} / weight. */
    private static final int DISTANCE_BITS = 54;

    private static final long RECIPROCAL_ONE = 1L << 62;
    private static final long HIGHEST_LOGARITHM = (long) Long.SIZE << BinaryLogarithm.FRACTION_BITS;
    private static final int LOGARITHM_SHIFT =
            DISTANCE_BITS - BinaryLogarithm.FRACTION_BITS + Long.SIZE - Long.numberOfTrailingZeros(RECIPROCAL_ONE);

    /** Steps of the golden ratio, which SplitMix64 takes (Steele, Lea and Flood 2014). */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final int nodeCount;
    private final int ranks;
    private final int[] zones;
    private final long[] seeds;
    private final long[] reciprocals;
    private final int[] caps;

    /** The distances of one partition to all nodes. */
    private final long[] distances;

    private final short[] owners = new short[HashRing.PARTITIONS];
    private final long[] ownerDistances = new long[HashRing.PARTITIONS];
    private final short[] table;

    Placement(List<RingNode> nodes) {
        nodeCount = nodes.size();
        ranks = Math.min(nodeCount, HashRing.MAX_RANKS);
        List<String> zoneNames = nodes.stream().map(RingNode::zone).distinct().toList();
        zones = nodes.stream().mapToInt(node -> zoneNames.indexOf(node.zone())).toArray();
        seeds = nodes.stream().mapToLong(Placement::seed).toArray();
        reciprocals =
                nodes.stream().mapToLong(node -> RECIPROCAL_ONE / node.weight()).toArray();
        caps = caps(nodes);
        distances = new long[nodeCount];
        table = new short[HashRing.PARTITIONS * ranks];
    }

    /** As {@link HashRing} draws it. */
    short[] table() {
        if (nodeCount == 0) {
            return table;
        }
        for (int partition = 0; partition < HashRing.PARTITIONS; partition++) {
            measure(partition);
            settle(partition, nextNearest(-1));
            chooseReplicas(partition);
        }
        boolean[] moved = turnAwayAboveCaps();
        for (int partition = 0; partition < HashRing.PARTITIONS; partition++) {
            if (moved[partition]) {
                measure(partition);
                chooseReplicas(partition);
            }
        }
        return table;
    }

    private static int[] caps(List<RingNode> nodes) {
        long sum = nodes.stream().mapToLong(RingNode::weight).sum();
        return nodes.stream()
                .mapToInt(
                        node -> (int) Math.ceilDiv((long) HashRing.PARTITIONS * node.weight() * CAP_PERCENT, 100 * sum))
                .toArray();
    }

    private static long seed(RingNode node) {
        return mix(mix(node.id().getMostSignificantBits() + GOLDEN) + node.id().getLeastSignificantBits());
    }

    private void measure(int partition) {
        long step = mix((partition + 1) * GOLDEN);
        for (int node = 0; node < nodeCount; node++) {
            long u = mix(seeds[node] ^ step) | 1;
            distances[node] = Math.multiplyHigh(
                    (HIGHEST_LOGARITHM - BinaryLogarithm.of(u)) << LOGARITHM_SHIFT, reciprocals[node]);
        }
    }

    /** The last step of SplitMix64: every bit of the input changes about half of those of the result. */
    private static long mix(long z) {
        long first = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        long second = (first ^ first >>> 27) * 0x94d049bb133111ebL;
        return second ^ second >>> 31;
    }

    /** The node that comes behind {@code node} in the measured partition's order; -1 asks for the first one. */
    private int nextNearest(int node) {
        int next = -1;
        for (int other = 0; other < nodeCount; other++) {
            if ((node < 0 || isNearer(node, other)) && (next < 0 || isNearer(other, next))) {
                next = other;
            }
        }
        return next;
    }

    private boolean isNearer(int a, int b) {
        return distances[a] < distances[b] || (distances[a] == distances[b] && a < b);
    }

    private void settle(int partition, int node) {
        owners[partition] = (short) node;
        ownerDistances[partition] = distances[node];
    }

    /** Ends: each round moves partitions down their orders, and all caps together hold more than there are. */
    private boolean[] turnAwayAboveCaps() {
        boolean[] moved = new boolean[HashRing.PARTITIONS];
        int[] turnedAway = farthestAboveCaps();
        while (turnedAway.length > 0) {
            for (int partition : turnedAway) {
                measure(partition);
                settle(partition, nextNearest(owners[partition]));
                moved[partition] = true;
            }
            turnedAway = farthestAboveCaps();
        }
        return moved;
    }

    /** What the nodes above their caps have to give away now. */
    private int[] farthestAboveCaps() {
        int[] ends = new int[nodeCount];
        for (short owner : owners) {
            ends[owner]++;
        }
        for (int node = 1; node < nodeCount; node++) {
            ends[node] += ends[node - 1];
        }
        int[] byOwner = partitionsByOwner(ends);
        int[] above = new int[HashRing.PARTITIONS];
        int count = 0;
        for (int node = 0; node < nodeCount; node++) {
            int start = node == 0 ? 0 : ends[node - 1];
            if (ends[node] - start > caps[node]) {
                for (int partition : farthestBeyond(caps[node], Arrays.copyOfRange(byOwner, start, ends[node]))) {
                    above[count++] = partition;
                }
            }
        }
        return Arrays.copyOf(above, count);
    }

    private int[] partitionsByOwner(int[] ends) {
        int[] places = ends.clone();
        int[] byOwner = new int[HashRing.PARTITIONS];
        for (int partition = HashRing.PARTITIONS - 1; partition >= 0; partition--) {
            byOwner[--places[owners[partition]]] = partition;
        }
        return byOwner;
    }

    /** All but the {@code cap} nearest to their owner; of two as far, the one with the lower number is nearer. */
    private int[] farthestBeyond(int cap, int[] partitions) {
        return Arrays.stream(partitions)
                .boxed()
                .sorted(Comparator.<Integer>comparingLong(partition -> ownerDistances[partition])
                        .thenComparing(Comparator.naturalOrder()))
                .skip(cap)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Writes the row of the measured partition. */
    private void chooseReplicas(int partition) {
        int row = partition * ranks;
        table[row] = owners[partition];
        for (int rank = 1; rank < ranks; rank++) {
            table[row + rank] = (short) nearestReplica(row, rank);
        }
    }

    private int nearestReplica(int row, int rank) {
        int nearest = -1;
        boolean nearestInNewZone = false;
        for (int node = 0; node < nodeCount; node++) {
            if (!isChosen(row, rank, node)) {
                boolean newZone = !isZoneChosen(row, rank, zones[node]);
                if (nearest < 0
                        || (newZone && !nearestInNewZone)
                        || (newZone == nearestInNewZone && isNearer(node, nearest))) {
                    nearest = node;
                    nearestInNewZone = newZone;
                }
            }
        }
        return nearest;
    }

    private boolean isChosen(int row, int rank, int node) {
        return table[row] == node || (rank > 1 && table[row + 1] == node);
    }

    private boolean isZoneChosen(int row, int rank, int zone) {
        return zones[table[row]] == zone || (rank > 1 && zones[table[row + 1]] == zone);
    }
}
