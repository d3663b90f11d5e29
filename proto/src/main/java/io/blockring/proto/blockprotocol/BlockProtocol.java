package io.blockring.proto.blockprotocol;

import io.blockring.block.BlockKey;

/** The numbers that both ends of a connection agree on. */
public final class BlockProtocol {
    /** "BRNG": the first bytes behind the prefix of each frame that opens a connection. */
    public static final int MAGIC = 0x42524e47;

    /** The lowest version that this build speaks. */
    public static final int LOWEST_VERSION = 1;

    /** The highest version that this build speaks. */
    public static final int HIGHEST_VERSION = 1;

    /** Feature bit: OFFER requests are understood. */
    public static final long FEATURE_OFFER = 1;

    /** Feature bit: CHECK requests, and the flag of that name on READ, are understood. */
    public static final long FEATURE_CHECK = 1 << 1;

    /** All that this build understands. */
    public static final long FEATURES = FEATURE_OFFER | FEATURE_CHECK;

    /** What every header starts with: its length, version and kind. */
    public static final int PREFIX_BYTES = 4;

    /** No header is longer. */
    public static final int MAX_HEADER_BYTES = 4096;

    /** How much longer than its plain bytes the stored form of a block may be. */
    public static final int MAX_STORED_SLACK_BYTES = 128 << 10;

    /** No block has more bytes, in whatever form. */
    public static final int MAX_BLOCK_BYTES = BlockKey.MAX_PLAIN_BYTES + MAX_STORED_SLACK_BYTES;

    /** How long the name of a group may be, as UTF-8. */
    public static final int MAX_GROUP_NAME_BYTES = 64;

    /** How long the token of a request may be, as ASCII. */
    public static final int MAX_TOKEN_BYTES = 1024;

    /** How long a message for people may be, as UTF-8; longer ones are cut. */
    public static final int MAX_TEXT_BYTES = 512;

    /** While a node waits for bytes it sends an empty extent this often, so that silence means trouble. */
    public static final int HEARTBEAT_MILLIS = 500;

    private BlockProtocol() {}

    /** The highest version in both ranges, or 0 when there is none. */
    public static int commonVersion(int lowest, int highest) {
        int common = Math.min(highest, HIGHEST_VERSION);
        return common >= Math.max(lowest, LOWEST_VERSION) ? common : 0;
    }

    /** The most bytes that a block can have in the form that its key names. */
    public static int maxBytes(BlockKey key) {
        return switch (key.form()) {
            case PLAIN -> key.plainBytes();
            case STORED -> key.plainBytes() + MAX_STORED_SLACK_BYTES;
        };
    }
}
