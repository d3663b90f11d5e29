package io.blockring.cacheclient;

/**
 * How a block cache stands with its group.
 *
 * @param epoch of the ring it reads by; 0 for none
 * @param why what is wrong, for people; empty when nothing is
 */
public record GroupHealth(State state, long epoch, String why) {
    public enum State {
        /** It was given no group: everything is read from the object store. */
        NO_GROUP,
        CONNECTED,
        /** The group, or the volume in it, or every node is out of reach: reads go to the object store where needed. */
        DEGRADED
    }
}
