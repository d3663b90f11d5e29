package io.blockring.group;

import java.util.Objects;

/**
 * A volume whose blocks the group keeps.
 *
 * @param volumeId the group's number for it, from 1 on; never given to another
 * @param incarnation raised when its slice ids may have come back, so that older blocks are no more found
 */
public record GroupVolume(int volumeId, int incarnation, VolumeDeclaration declared, State state) {
    public enum State {
        ACTIVE,
        /** No more served; its number stays taken, and adding it again brings it back. */
        REMOVED
    }

    public GroupVolume {
        Objects.requireNonNull(declared, "declared");
        Objects.requireNonNull(state, "state");
        if (volumeId < 1 || incarnation < 1) {
            throw new IllegalArgumentException("no such volume: " + volumeId + ", incarnation " + incarnation);
        }
    }
}
