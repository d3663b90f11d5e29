package io.blockring.proto.blockprotocol;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.BlockKeyCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The codec of the block protocol. All integers are big-endian.
 *
 * <p>A reader collects {@link BlockProtocol#PREFIX_BYTES} bytes, learns by {@link #headerBytes} how long the header
 * is, collects that, and decodes it. Fields that a later version adds stand behind those drawn here, as
 * tag-length-values {u16 tag, u16 length, value}; unknown tags are skipped. Tag 1 is a text for people, UTF-8.
 *
 * <pre>
 * every header       HELLO, kind 1           WELCOME, kind 2        REFUSED, kind 3
 *  0 u16 length       4 u32 magic "BRNG"      4 u32 magic            4 u32 magic
 *  2 u8  version      8 u8  lowest version    8 u8  version          8 u8  reason
 *  3 u8  kind         9 u8  highest version   9 u8  authentication   9 u8  lowest version
 *                    10 u8  authentication   10 u16 0               10 u8  highest version
 *                    11 u8  role             12 u64 features        11 u8  0
 *                    12 u64 features         20 u128 node id        12 tag-length-values
 *                    20 u128 sender id       36 u128 nonce
 *                    36 u128 nonce           52 u64 epoch
 *                    52 u8  name length      60 tag-length-values
 *                    53 group name
 *                       tag-length-values
 *
 * request, kind 16 to 31       EXTENT, kind 32             END, kind 33
 *  4 u32 flags                  4 u32 flags, 0              4 u32 flags, 0
 *  8 u64 epoch                  8 u64 slot generation       8 u64 epoch
 * 16 u32 deadline, ms left     16 u32 offset               16 u8  status
 * 20 u32 offset                20 u32 length               17 u8  source
 * 24 u32 length                24 u16 checksum count       18 u8  replicas
 * 28 u64 scopeRef              26 u8  source               19 u8  0
 * 36 u16 key length            27 u8  0                    20 u32 retry after, ms
 * 38 u16 token length          28 u32 CRC32C each          24 tag-length-values
 * 40 key                          tag-length-values
 *    token                        body of length bytes,
 *    tag-length-values            outside of the header
 * </pre>
 */
public final class Frames {
    /** How long the header of an extent of that many bytes is. */
    public static int extentHeaderBytes(int bodyBytes) {
        return EXTENT_BYTES + Integer.BYTES * BlockChecksums.unitCount(bodyBytes);
    }

    private static final int HELLO = 1;
    private static final int WELCOME = 2;
    private static final int REFUSED = 3;
    private static final int FIRST_REQUEST = 16;
    private static final int LAST_REQUEST = 31;
    private static final int EXTENT = 32;
    private static final int END = 33;

    private static final int HELLO_BYTES = 53;
    private static final int WELCOME_BYTES = 60;
    private static final int REFUSED_BYTES = 12;
    private static final int REQUEST_BYTES = 40;
    private static final int EXTENT_BYTES = 28;
    private static final int END_BYTES = 24;

    private Frames() {}

    /**
     * The length of the header that starts at the position of {@code bytes}, which is not moved; 0 when more bytes
     * are needed to know.
     */
    public static int headerBytes(ByteBuffer bytes) throws ProtocolException {
        if (bytes.remaining() < Short.BYTES) {
            return 0;
        }
        int length = Short.toUnsignedInt(bytes.getShort(bytes.position()));
        if (length < BlockProtocol.PREFIX_BYTES || length > BlockProtocol.MAX_HEADER_BYTES) {
            throw new ProtocolException("a header of " + length + " bytes");
        }
        return length;
    }

    /** Writes a HELLO. */
    public static void encode(Hello hello, ByteBuffer out) {
        int start = begin(out, HELLO);
        out.putInt(BlockProtocol.MAGIC);
        out.put((byte) hello.lowestVersion()).put((byte) hello.highestVersion());
        out.put((byte) hello.authentication().code()).put((byte) (hello.role() == Hello.Role.CACHE_NODE ? 1 : 0));
        out.putLong(hello.features());
        putId(out, hello.senderId());
        putNonce(out, hello.nonce());
        byte[] group = hello.group().getBytes(StandardCharsets.UTF_8);
        if (group.length == 0 || group.length > BlockProtocol.MAX_GROUP_NAME_BYTES) {
            throw new IllegalArgumentException("a group name of " + group.length + " bytes");
        }
        out.put((byte) group.length).put(group);
        end(out, start);
    }

    /** Reads the HELLO that is all of {@code header}. */
    public static Hello decodeHello(ByteBuffer header) throws ProtocolException {
        var in = new FrameReader(header, HELLO_BYTES);
        in.expectKind(HELLO);
        in.expectMagic();
        int lowest = in.u8();
        int highest = in.u8();
        var authentication = Authentication.ofCode(in.u8());
        var role = in.u8() == 1 ? Hello.Role.CACHE_NODE : Hello.Role.CLIENT;
        long features = in.i64();
        UUID senderId = in.id();
        Nonce nonce = in.nonce();
        String group = in.text(in.u8(), BlockProtocol.MAX_GROUP_NAME_BYTES, "group name");
        in.rest();
        if (lowest < 1 || highest < lowest || group.isEmpty()) {
            throw new ProtocolException(
                    "a HELLO of versions " + lowest + " to " + highest + ", group \"" + group + "\"");
        }
        return new Hello(lowest, highest, authentication, role, features, senderId, nonce, group);
    }

    /** Writes a WELCOME or REFUSED. */
    public static void encode(Greeting greeting, ByteBuffer out) {
        switch (greeting) {
            case Greeting.Welcome welcome -> {
                int start = begin(out, WELCOME);
                out.putInt(BlockProtocol.MAGIC);
                out.put((byte) welcome.version())
                        .put((byte) welcome.authentication().code());
                out.putShort((short) 0);
                out.putLong(welcome.features());
                putId(out, welcome.nodeId());
                putNonce(out, welcome.nonce());
                out.putLong(welcome.epoch());
                end(out, start);
            }
            case Greeting.Refused refused -> {
                int start = begin(out, REFUSED);
                out.putInt(BlockProtocol.MAGIC);
                out.put((byte) refused.reason().code());
                out.put((byte) refused.lowestVersion()).put((byte) refused.highestVersion());
                out.put((byte) 0);
                putText(out, refused.text());
                end(out, start);
            }
        }
    }

    /** Reads the WELCOME or REFUSED that is all of {@code header}. */
    public static Greeting decodeGreeting(ByteBuffer header) throws ProtocolException {
        var in = new FrameReader(header, REFUSED_BYTES);
        in.expectMagic();
        return switch (in.kind()) {
            case WELCOME -> {
                in.require(WELCOME_BYTES);
                yield decodeWelcome(in);
            }
            case REFUSED -> decodeRefused(in);
            default -> throw new ProtocolException("kind " + in.kind() + " is no greeting");
        };
    }

    private static Greeting.Welcome decodeWelcome(FrameReader in) throws ProtocolException {
        int version = in.u8();
        var authentication = Authentication.ofCode(in.u8());
        in.skip(Short.BYTES);
        long features = in.i64();
        UUID nodeId = in.id();
        Nonce nonce = in.nonce();
        long epoch = in.i64();
        in.rest();
        return new Greeting.Welcome(version, authentication, features, nodeId, nonce, epoch);
    }

    private static Greeting.Refused decodeRefused(FrameReader in) throws ProtocolException {
        var reason = Greeting.Reason.ofCode(in.u8());
        int lowest = in.u8();
        int highest = in.u8();
        in.skip(1);
        return new Greeting.Refused(reason, lowest, highest, in.rest());
    }

    /** Writes a request; an OFFER sends its block only when it was answered with MISS. */
    public static void encode(Ask.Request request, ByteBuffer out) {
        byte[] key = BlockKeyCodec.encode(request.key());
        byte[] token = request.token().getBytes(StandardCharsets.US_ASCII);
        if (token.length > BlockProtocol.MAX_TOKEN_BYTES) {
            throw new IllegalArgumentException("a token of " + token.length + " bytes");
        }
        int start = begin(out, request.op().kind());
        out.putInt(request.flags());
        out.putLong(request.epoch());
        out.putInt(request.deadlineMillis());
        out.putInt(request.offset()).putInt(request.length());
        out.putLong(request.scopeRef());
        out.putShort((short) key.length).putShort((short) token.length);
        out.put(key).put(token);
        end(out, start);
    }

    /** Reads the request that is all of {@code header}. */
    public static Ask decodeAsk(ByteBuffer header) throws ProtocolException {
        var in = new FrameReader(header, BlockProtocol.PREFIX_BYTES);
        for (Ask.Op op : Ask.Op.values()) {
            if (op.kind() == in.kind()) {
                in.require(REQUEST_BYTES);
                return decodeRequest(op, in);
            }
        }
        if (in.kind() < FIRST_REQUEST || in.kind() > LAST_REQUEST) {
            throw new ProtocolException("kind " + in.kind() + " is no request");
        }
        return new Ask.Unknown(in.kind());
    }

    private static Ask.Request decodeRequest(Ask.Op op, FrameReader in) throws ProtocolException {
        int flags = in.i32();
        long epoch = in.i64();
        int deadlineMillis = in.natural("deadline", Integer.MAX_VALUE);
        int offset = in.natural("offset", BlockProtocol.MAX_BLOCK_BYTES);
        int length = in.natural("length", BlockProtocol.MAX_BLOCK_BYTES - offset);
        long scopeRef = in.i64();
        int keyBytes = in.u16();
        int tokenBytes = in.u16();
        BlockKey key = in.key(keyBytes);
        String token = in.text(tokenBytes, BlockProtocol.MAX_TOKEN_BYTES, "token");
        in.rest();
        if (offset % BlockChecksums.UNIT_BYTES != 0) {
            throw new ProtocolException("a range from " + offset + ", which is no start of a unit");
        }
        return new Ask.Request(op, flags, epoch, deadlineMillis, key, offset, length, scopeRef, token);
    }

    /** Writes the header of an extent; its body follows. */
    public static void encode(Extent extent, ByteBuffer out) {
        int start = begin(out, EXTENT);
        out.putInt(0);
        out.putLong(extent.generation());
        out.putInt(extent.offset()).putInt(extent.length());
        out.putShort((short) extent.unitCount());
        out.put((byte) extent.source().code()).put((byte) 0);
        for (int unit = 0; unit < extent.unitCount(); unit++) {
            out.putInt(extent.checksum(unit));
        }
        end(out, start);
    }

    /** Writes the end of an answer. */
    public static void encode(Answer.End answer, ByteBuffer out) {
        int start = begin(out, END);
        out.putInt(0);
        out.putLong(answer.epoch());
        out.put((byte) answer.status().code()).put((byte) answer.source().code());
        out.put((byte) answer.replicas()).put((byte) 0);
        out.putInt(answer.retryAfterMillis());
        putText(out, answer.text());
        end(out, start);
    }

    /** Reads the extent or end that is all of {@code header}. */
    public static Answer decodeAnswer(ByteBuffer header) throws ProtocolException {
        var in = new FrameReader(header, END_BYTES);
        in.skip(Integer.BYTES);
        return switch (in.kind()) {
            case EXTENT -> {
                in.require(EXTENT_BYTES);
                yield decodeExtent(in);
            }
            case END -> decodeEnd(in);
            default -> throw new ProtocolException("kind " + in.kind() + " is no answer");
        };
    }

    private static Extent decodeExtent(FrameReader in) throws ProtocolException {
        long generation = in.i64();
        int offset = in.natural("offset", BlockProtocol.MAX_BLOCK_BYTES);
        int length = in.natural("length", BlockProtocol.MAX_BLOCK_BYTES - offset);
        int units = in.u16();
        var source = Answer.Source.ofCode(in.u8());
        in.skip(1);
        if (units != BlockChecksums.unitCount(length) || offset % BlockChecksums.UNIT_BYTES != 0) {
            throw new ProtocolException(
                    "an extent of " + length + " bytes from " + offset + " with " + units + " checksums");
        }
        in.require(EXTENT_BYTES + units * Integer.BYTES);
        int[] checksums = new int[units];
        for (int unit = 0; unit < units; unit++) {
            checksums[unit] = in.i32();
        }
        in.rest();
        return new Extent(generation, source, offset, length, checksums);
    }

    private static Answer.End decodeEnd(FrameReader in) throws ProtocolException {
        long epoch = in.i64();
        var status = Answer.Status.ofCode(in.u8());
        var source = Answer.Source.ofCode(in.u8());
        int replicas = in.u8();
        in.skip(1);
        int retryAfterMillis = in.natural("retry time", Integer.MAX_VALUE);
        return new Answer.End(status, source, epoch, replicas, retryAfterMillis, in.rest());
    }

    private static int begin(ByteBuffer out, int kind) {
        int start = out.position();
        out.putShort((short) 0).put((byte) BlockProtocol.LOWEST_VERSION).put((byte) kind);
        return start;
    }

    private static void end(ByteBuffer out, int start) {
        out.putShort(start, (short) (out.position() - start));
    }

    private static void putId(ByteBuffer out, UUID id) {
        out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static void putNonce(ByteBuffer out, Nonce nonce) {
        out.putLong(nonce.high()).putLong(nonce.low());
    }

    private static void putText(ByteBuffer out, String text) {
        if (!text.isEmpty()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int length = Math.min(bytes.length, BlockProtocol.MAX_TEXT_BYTES);
            out.putShort((short) FrameReader.TEXT).putShort((short) length).put(bytes, 0, length);
        }
    }
}
