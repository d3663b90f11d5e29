package io.blockring.group;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.blockring.hashring.HashRing;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An agreed list of nodes, and the ring that follows from it. Immutable. */
@JsonAutoDetect(fieldVisibility = Visibility.ANY, getterVisibility = Visibility.NONE)
@JsonPropertyOrder({"number", "members"})
public final class Epoch {
    /** Before the first one: nobody owns anything. */
    public static final Epoch NONE = new Epoch(0, List.of());

    private final long number;
    private final List<NodeDeclaration> members;

    /** Made by the first who asks, as most epochs of a log are only read over. */
    @JsonIgnore
    private volatile @Nullable HashRing ring;

    @JsonCreator
    Epoch(@JsonProperty("number") long number, @JsonProperty("members") List<NodeDeclaration> members) {
        this.number = number;
        this.members = List.copyOf(members);
    }

    public long number() {
        return number;
    }

    public List<NodeDeclaration> members() {
        return members;
    }

    /** The ring of this epoch. The first call takes about 3 ms for each node. */
    public HashRing ring() {
        HashRing made = ring;
        return made != null ? made : makeRing();
    }

    private synchronized HashRing makeRing() {
        HashRing made = ring;
        if (made == null) {
            made = HashRing.of(
                    number, members.stream().map(NodeDeclaration::toRingNode).toList());
            ring = made;
        }
        return made;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Epoch epoch && number == epoch.number && members.equals(epoch.members);
    }

    @Override
    public int hashCode() {
        return Objects.hash(number, members);
    }

    @Override
    public String toString() {
        return "epoch " + number + " of " + members.size() + " nodes";
    }
}
