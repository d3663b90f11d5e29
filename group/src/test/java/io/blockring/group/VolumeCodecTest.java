package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.group.Change.GroupCreated;
import io.blockring.group.Change.VolumeAdded;
import io.blockring.objectstore.codec.Compression;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How blocks become objects is a part of what a group knows of a volume. */
class VolumeCodecTest {
    private static VolumeAdded added(String codec) throws Exception {
        var payload = """
                {"volume":{"uuid":"00000000-0000-0006-0000-000000000001",
                "storage":{"storage":"s3","bucket":"a","endpoint":"http://127.0.0.1:9000"},
                "layout":{"volumeName":"lab1","hashPrefix":false%s},"blockBytes":4194304,"credential":"lab-keys"}}""".formatted(codec);
        var record = new LogRecord(
                LogRecord.FORMAT,
                1,
                LogRecord.NO_HASH,
                new UUID(1, 1),
                "nonce",
                "volume.added",
                new ObjectMapper().readTree(payload),
                "",
                "");
        return (VolumeAdded) RecordCodec.change(record);
    }

    @Test
    void theLogKeepsTheCompressionAndTheFormOfAVolume() throws Exception {
        VolumeAdded change = added(",\"compression\":\"LZ4\",\"form\":\"STORED\"");
        assertThat(change.volume().layout().compression()).isEqualTo(Compression.LZ4);
        assertThat(change.volume()).isNotEqualTo(SomeGroup.volume(1, "a"));
        var created = new GroupCreated(new UUID(7, 7), SomeGroup.NAME, GroupSettings.DEFAULT, 0);
        GroupState state = SomeGroup.after(GroupState.NONE, created, change);
        GroupState read = RecordCodec.decodeState("a snapshot", RecordCodec.encode(state));
        VolumeDeclaration kept =
                read.volume(change.volume().uuid()).orElseThrow().declared();
        assertThat(kept).isEqualTo(change.volume());
        assertThat(kept.toString()).contains("STORED");
    }

    @Test
    void aVolumeThatWasDeclaredBeforeThereWereCodecsIsPlain() throws Exception {
        assertThat(added("")).isEqualTo(new VolumeAdded(SomeGroup.volume(1, "a")));
    }
}
