/**
 * What a cache group has agreed, and who of it is alive.
 *
 * <p>Start at {@link CacheGroup}, the part of a running node, or at {@link GroupAdmin}, which needs no node. What is
 * agreed is a {@link GroupState}: the fold ({@link GroupFold}) of all records of the {@link GroupLog}, which live in an
 * object store. {@link LogWalk} reads and appends them, {@link EpochRules} says what this node has to append, and
 * {@link GroupMember} brings the two together; these three and the fold are pure, and a seed replays them. JGroups only
 * tells who is alive ({@link ClusterChannel}).
 */
@NullMarked
package io.blockring.group;

import org.jspecify.annotations.NullMarked;
