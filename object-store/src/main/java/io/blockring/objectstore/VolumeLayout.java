package io.blockring.objectstore;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.codec.Compression;
import java.util.Objects;

/**
 * Where the blocks of a volume are in its bucket: the object names of the JuiceFS volume format.
 *
 * <pre>
 * default       NAME/chunks/{id / 1,000,000}/{id / 1,000}/{id}_{index}_{plain bytes}
 * hash prefix   NAME/chunks/{id % 256 as %02X}/{id / 1,000,000}/{id}_{index}_{plain bytes}
 * </pre>
 *
 * @param volumeName first part of every key
 * @param hashPrefix whether keys are spread over 256 prefixes
 * @param compression how blocks are compressed before they are encrypted, if they are
 * @param form in which form caches hold blocks: as they are stored when objects are encrypted, plain otherwise
 */
public record VolumeLayout(String volumeName, boolean hashPrefix, Compression compression, BlockKey.Form form) {
    /** Layouts that were written down before there were codecs say nothing of them. */
    public VolumeLayout {
        compression = Objects.requireNonNullElse(compression, Compression.NONE);
        form = Objects.requireNonNullElse(form, BlockKey.Form.PLAIN);
    }

    /** The layout of a volume whose objects are its blocks as they are. */
    public VolumeLayout(String volumeName, boolean hashPrefix) {
        this(volumeName, hashPrefix, Compression.NONE, BlockKey.Form.PLAIN);
    }

    /** The key of block {@code index} of a slice, which has {@code plainBytes} bytes once it is plain. */
    public String blockKey(long sliceId, int index, int plainBytes) {
        long millions = sliceId / 1_000_000;
        String folder = hashPrefix
                ? "%02X/%d".formatted(sliceId % 256, millions)
                : "%d/%d".formatted(millions, sliceId / 1_000);
        return volumeName + "/chunks/" + folder + "/" + sliceId + "_" + index + "_" + plainBytes;
    }

    /** What the keys of all blocks start with. */
    public String blockPrefix() {
        return volumeName + "/chunks/";
    }

    /** The object that says whose bucket this is; its content is the volume's UUID as text. */
    public String uuidKey() {
        return volumeName + "/juicefs_uuid";
    }
}
