package io.blockring.group;

import io.blockring.group.Change.GroupCreated;
import io.blockring.objectstore.VolumeLayout;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A group and its parts, for tests. */
final class SomeGroup {
    static final String NAME = "train";
    static final UUID WRITER = new UUID(0, 99);
    static final GroupCreated CREATED = new GroupCreated(new UUID(7, 7), NAME, GroupSettings.DEFAULT, 1_000);

    private SomeGroup() {}

    static GroupLog log(LogStore store, long writer) {
        return log(store, writer, Duration.ofSeconds(60));
    }

    static GroupLog log(LogStore store, long writer, Duration deadline) {
        return new GroupLog(store, NAME, new UUID(1, writer), new SecureRandom(), deadline);
    }

    /** The state of a log that has the record that creates the group. */
    static GroupState created(LogStore store) throws GroupLogException {
        return log(store, 1_000).append(GroupState.NONE, state -> state.number() == 0 ? CREATED : null);
    }

    static UUID id(int node) {
        return new UUID(5, node);
    }

    static NodeDeclaration node(int number) {
        return node(number, 100);
    }

    static NodeDeclaration node(int number, int weight) {
        return new NodeDeclaration(id(number), "n" + number, weight, "", NodeAddresses.NONE);
    }

    static VolumeDeclaration volume(int number, String bucket) {
        return new VolumeDeclaration(
                new UUID(6, number),
                new VolumeStorage("s3", bucket, "http://127.0.0.1:9000"),
                new VolumeLayout("lab" + number, false),
                4 << 20,
                "lab-keys");
    }

    /** The state behind these changes. */
    static GroupState after(GroupState state, @Nullable Change... changes) throws GroupLogException {
        GroupState next = state;
        for (Change change : changes) {
            Objects.requireNonNull(change, "no change was due");
            byte[] stored = RecordCodec.encode(next, WRITER, "nonce", change);
            next = GroupFold.next(next, RecordCodec.decode(next.number() + 1, stored), stored);
        }
        return next;
    }
}
