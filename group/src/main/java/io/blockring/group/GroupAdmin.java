package io.blockring.group;

import io.blockring.group.Change.GroupCreated;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import io.blockring.group.Change.SettingsChanged;
import io.blockring.group.Change.VolumeAdded;
import io.blockring.group.Change.VolumeMoved;
import io.blockring.group.Change.VolumeRemoved;
import io.blockring.group.Change.VolumeRestored;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.group.GroupVolume.State;
import io.blockring.group.LogWalk.Decision;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What an administrator does to a group. Works on the log alone: no node has to run. Used by one thread.
 *
 * <p>Each operation reads the log first and may be repeated: done once, it does nothing more.
 */
public final class GroupAdmin {
    private final String group;
    private final LogStore store;
    private final GroupLog log;

    /** @param store the bare one; see {@link LogStore} */
    public GroupAdmin(LogStore store, String group) {
        this.group = group;
        this.store = store;
        this.log = new GroupLog(store, group, UUID.randomUUID(), new SecureRandom(), GroupLog.DEADLINE);
    }

    /**
     * Starts a group, after the store has proved fit for its log.
     *
     * @throws GroupLogException REFUSED when there is one of that name; UNFIT_STORE when two writers can create one key
     */
    public GroupState create(GroupSettings settings) throws GroupLogException {
        GroupState known = log.read(GroupState.NONE);
        refuseIf(known.number() > 0, "there is a group " + group + " in this store");
        checkStore();
        UUID groupId = UUID.randomUUID();
        return append(known, state -> {
            refuseIf(
                    state.number() > 0 && !state.groupId().equals(groupId),
                    "there is a group " + group + " in this store");
            return state.number() > 0 ? null : new GroupCreated(groupId, group, settings, System.currentTimeMillis());
        });
    }

    /**
     * Races writers through the store; {@link #create} does it by itself.
     *
     * @throws GroupLogException UNFIT_STORE when it cannot hold a log
     */
    public void checkStore() throws GroupLogException {
        ConditionalCreateCheck.run(store, new LogKeys(group).check(log.nonce()));
    }

    /** What the group has agreed by now. */
    public GroupState describe() throws GroupLogException {
        GroupState state = log.read(GroupState.NONE);
        if (state.number() == 0) {
            throw new GroupLogException(Kind.NO_GROUP, "there is no group " + group + " in this store");
        }
        return state;
    }

    /**
     * Registers a volume, or brings a removed one back. One that is there keeps its number.
     *
     * @throws GroupLogException REFUSED when its UUID is there with another storage
     */
    public GroupVolume addVolume(VolumeDeclaration volume) throws GroupLogException {
        GroupState state = append(describe(), now -> {
            Optional<GroupVolume> known = now.volume(volume.uuid());
            refuseIf(
                    known.isPresent() && !known.get().declared().storage().equals(volume.storage()),
                    "volume " + volume.uuid() + " is registered with " + storage(known) + ", not with "
                            + volume.storage());
            boolean there = known.isPresent()
                    && known.get().declared().equals(volume)
                    && known.get().state() == State.ACTIVE;
            return there ? null : new VolumeAdded(volume);
        });
        return volume(state, volume.uuid());
    }

    private static String storage(Optional<GroupVolume> volume) {
        return volume.map(known -> known.declared().storage().toString()).orElse("none");
    }

    /** Says that the same objects are now reached in another way. */
    public GroupVolume moveVolume(UUID uuid, VolumeStorage storage, String credential) throws GroupLogException {
        GroupState state = append(describe(), now -> {
            GroupVolume volume = volume(now, uuid);
            boolean there = volume.declared().storage().equals(storage)
                    && volume.declared().credential().equals(credential);
            return there ? null : new VolumeMoved(volume.volumeId(), storage, credential);
        });
        return volume(state, uuid);
    }

    /** Raises the incarnation of a volume whose metadata went back in time: its blocks get new keys. */
    public GroupVolume restoreVolume(UUID uuid) throws GroupLogException {
        GroupState known = describe();
        int incarnation = volume(known, uuid).incarnation() + 1;
        GroupState state = append(known, now -> {
            GroupVolume volume = volume(now, uuid);
            return volume.incarnation() >= incarnation ? null : new VolumeRestored(volume.volumeId(), incarnation);
        });
        return volume(state, uuid);
    }

    /** The group serves it no more. Its number stays its own. */
    public GroupVolume removeVolume(UUID uuid) throws GroupLogException {
        GroupState state = append(describe(), now -> {
            GroupVolume volume = volume(now, uuid);
            return volume.state() == State.REMOVED ? null : new VolumeRemoved(volume.volumeId());
        });
        return volume(state, uuid);
    }

    /**
     * Brings a node into the ring, or changes what is declared of it, whether it runs or not.
     *
     * @throws GroupLogException REFUSED when another node has its name
     */
    public GroupState declareNode(NodeDeclaration node) throws GroupLogException {
        GroupState declared = append(describe(), now -> {
            Optional<GroupNode> namesake =
                    now.node(node.name()).filter(other -> !other.id().equals(node.id()));
            refuseIf(namesake.isPresent(), "group " + group + " has another node " + node.name());
            boolean there = now.node(node.id())
                    .filter(known ->
                            known.declared().equals(node) && known.state().inRing())
                    .isPresent();
            return there ? null : new NodeDeclared(node);
        });
        return append(declared, now -> NextEpoch.wanted(now, System.currentTimeMillis()));
    }

    /** Takes a node out of the ring, which serves and hands on what it has. */
    public GroupState drainNode(String name) throws GroupLogException {
        return turn(name, NodeState.DRAINING);
    }

    /** Takes a node out of the ring and out of the count, whether anyone sees it or not. */
    public GroupState removeNode(String name) throws GroupLogException {
        return turn(name, NodeState.OUT);
    }

    private GroupState turn(String name, NodeState target) throws GroupLogException {
        GroupState known = describe();
        Optional<GroupNode> node = known.node(name);
        refuseIf(node.isEmpty(), "group " + group + " has no node " + name);
        UUID id = node.orElseThrow().id();
        GroupState turned = append(known, now -> {
            boolean may =
                    now.node(id).filter(is -> is.state().mayBecome(target)).isPresent();
            return may ? new NodesTurned(List.of(id), target) : null;
        });
        return append(turned, now -> NextEpoch.wanted(now, System.currentTimeMillis()));
    }

    public GroupState changeSettings(GroupSettings settings) throws GroupLogException {
        return append(describe(), now -> now.settings().equals(settings) ? null : new SettingsChanged(settings));
    }

    private GroupVolume volume(GroupState state, UUID uuid) throws GroupLogException {
        Optional<GroupVolume> volume = state.volume(uuid);
        refuseIf(volume.isEmpty(), "group " + group + " has no volume " + uuid);
        return volume.orElseThrow();
    }

    private GroupState append(GroupState known, Decision decision) throws GroupLogException {
        return log.append(known, decision);
    }

    private static void refuseIf(boolean wrong, String why) throws GroupLogException {
        if (wrong) {
            throw new GroupLogException(Kind.REFUSED, why);
        }
    }
}
