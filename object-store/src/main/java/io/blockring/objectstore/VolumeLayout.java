package io.blockring.objectstore;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.codec.Compression;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    /** Ids have up to 18 digits, and blocks are numbered and measured by up to 9. */
    private static final Pattern BLOCK_NAME = Pattern.compile("([1-9]\\d{0,17})_(\\d{1,9})_([1-9]\\d{0,8})");

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

    /**
     * A block by its key.
     *
     * @param plainBytes of the block once it is plain
     */
    public record BlockName(long sliceId, int index, int plainBytes) {}

    /** The block whose key this is; empty for any other key, also where only its last part is like a block's. */
    public Optional<BlockName> blockOf(String key) {
        Matcher name = BLOCK_NAME.matcher(key.substring(key.lastIndexOf('/') + 1));
        if (!name.matches()) {
            return Optional.empty();
        }
        var block = new BlockName(
                Long.parseLong(name.group(1)), Integer.parseInt(name.group(2)), Integer.parseInt(name.group(3)));
        return blockKey(block.sliceId(), block.index(), block.plainBytes()).equals(key)
                ? Optional.of(block)
                : Optional.empty();
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
