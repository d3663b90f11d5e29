package io.blockring.proto.blockprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FramesTest {
    private static final UUID ID = new UUID(0x0102030405060708L, 0x090a0b0c0d0e0f10L);
    private static final Nonce NONCE = new Nonce(0x1112131415161718L, 0x191a1b1c1d1e1f20L);
    /** Exceptions with their traces and the test's own assertions included; class loading happens before. */
    private static final long MOST_BYTES_FOR_ONE_FRAME = 1 << 20;

    private static final BlockKey KEY = new BlockKey.Slice(7, 1, 0x0102030405060708L, 15, 4 << 20, BlockKey.Form.PLAIN);

    @Test
    void theBytesOfHelloArePinned() {
        var hello = new Hello(1, 2, Authentication.OPEN, Hello.Role.CACHE_NODE, 3, ID, NONCE, "train");
        assertThat(hex(encoded(hello)))
                .isEqualTo("003a" + "01" + "01" + "42524e47" + "01" + "02" + "00" + "01" + "0000000000000003"
                        + "0102030405060708090a0b0c0d0e0f10" + "1112131415161718191a1b1c1d1e1f20" + "05"
                        + "747261696e");
    }

    @Test
    void theBytesOfGreetingsArePinned() {
        assertThat(hex(encoded(new Greeting.Welcome(1, Authentication.OPEN, 3, ID, NONCE, 9))))
                .isEqualTo("003c" + "01" + "02" + "42524e47" + "01" + "00" + "0000" + "0000000000000003"
                        + "0102030405060708090a0b0c0d0e0f10" + "1112131415161718191a1b1c1d1e1f20"
                        + "0000000000000009");
        assertThat(hex(encoded(new Greeting.Refused(Greeting.Reason.OTHER_GROUP, 1, 4, "no"))))
                .isEqualTo("0012" + "01" + "03" + "42524e47" + "02" + "01" + "04" + "00" + "0001" + "0002" + "6e6f");
    }

    @Test
    void theBytesOfARequestArePinned() {
        var request = new Ask.Request(Ask.Op.READ, Ask.NO_FILL | Ask.PEER, 9, 30_000, KEY, 32768, 65536, 5, "t");
        assertThat(hex(encoded(request)))
                .isEqualTo("0043" + "01" + "10" + "00000003" + "0000000000000009" + "00007530" + "00008000" + "00010000"
                        + "0000000000000005" + "001a" + "0001"
                        + "01" + "00000007" + "00000001" + "0102030405060708" + "0000000f" + "00400000" + "00" + "74");
        assertThat(encoded(new Ask.Request(Ask.Op.LOCATOR, 0, 0, 0, KEY, 0, 0, 0, ""))[3])
                .isEqualTo((byte) 17);
        assertThat(encoded(new Ask.Request(Ask.Op.DESCRIPTOR, 0, 0, 0, KEY, 0, 0, 0, ""))[3])
                .isEqualTo((byte) 18);
        assertThat(encoded(new Ask.Request(Ask.Op.OFFER, 0, 0, 0, KEY, 0, 0, 0, ""))[3])
                .isEqualTo((byte) 19);
        assertThat(encoded(new Ask.Request(Ask.Op.CHECK, 0, 0, 0, KEY, 0, 0, 0, ""))[3])
                .isEqualTo((byte) 20);
    }

    @Test
    void theBytesOfAnswersArePinned() {
        int[] ofBlock = {1, 2, 3, 4};
        assertThat(hex(encoded(Extent.ofBlock(8, Answer.Source.DISK, 32768, 32769, ofBlock))))
                .isEqualTo("0024" + "01" + "20" + "00000000" + "0000000000000008" + "00008000" + "00008001" + "0002"
                        + "02" + "00" + "00000002" + "00000003");
        assertThat(Frames.extentHeaderBytes(32769)).isEqualTo(0x24);
        assertThat(hex(encoded(new Answer.End(Answer.Status.BUSY, Answer.Source.NONE, 9, 2, 100, "ok"))))
                .isEqualTo("001e" + "01" + "21" + "00000000" + "0000000000000009" + "02" + "00" + "02" + "00"
                        + "00000064" + "0001" + "0002" + "6f6b");
    }

    @Test
    void everyFrameComesBackAsItWas() {
        Seeds.forEach(500, random -> {
            Hello hello = someHello(random);
            assertThat(Frames.decodeHello(ByteBuffer.wrap(encoded(hello)))).isEqualTo(hello);
            Greeting greeting = someGreeting(random);
            assertThat(Frames.decodeGreeting(ByteBuffer.wrap(encoded(greeting))))
                    .isEqualTo(greeting);
            Ask.Request request = someRequest(random);
            assertThat(Frames.decodeAsk(ByteBuffer.wrap(encoded(request)))).isEqualTo(request);
            Extent extent = someExtent(random);
            assertThat(Frames.decodeAnswer(ByteBuffer.wrap(encoded(extent)))).isEqualTo(extent);
            Answer.End end = someEnd(random);
            assertThat(Frames.decodeAnswer(ByteBuffer.wrap(encoded(end)))).isEqualTo(end);
        });
    }

    @Test
    void whatALaterVersionAddsIsSkipped() {
        Seeds.forEach(200, random -> {
            Ask.Request request = someRequest(random);
            assertThat(Frames.decodeAsk(ByteBuffer.wrap(withUnknownTags(random, encoded(request)))))
                    .isEqualTo(request);
            Answer.End end = someEnd(random);
            assertThat(Frames.decodeAnswer(ByteBuffer.wrap(withUnknownTags(random, encoded(end)))))
                    .isEqualTo(end);
            Extent extent = someExtent(random);
            byte[] later = withUnknownTags(random, encoded(extent));
            later[2] = 2;
            later[7] = 1;
            assertThat(Frames.decodeAnswer(ByteBuffer.wrap(later))).isEqualTo(extent);
            Hello hello = someHello(random);
            assertThat(Frames.decodeHello(ByteBuffer.wrap(withUnknownTags(random, encoded(hello)))))
                    .isEqualTo(hello);
            var unnamed = new Ask.Request(Ask.Op.READ, 0x40000000, 1, 1, KEY, 0, 0, 0, "");
            assertThat(Frames.decodeAsk(ByteBuffer.wrap(encoded(unnamed)))).isEqualTo(unnamed);
        });
    }

    @Test
    void codesWithoutANameAreSaidToBeUnknown() throws ProtocolException {
        byte[] end = encoded(new Answer.End(Answer.Status.OK, Answer.Source.DISK, 1, 1, 0, ""));
        end[16] = 99;
        end[17] = 98;
        assertThat(Frames.decodeAnswer(ByteBuffer.wrap(end)))
                .isEqualTo(new Answer.End(Answer.Status.OTHER, Answer.Source.OTHER, 1, 1, 0, ""));
        byte[] request = encoded(new Ask.Request(Ask.Op.READ, 0, 1, 1, KEY, 0, 0, 0, ""));
        request[3] = 30;
        assertThat(Frames.decodeAsk(ByteBuffer.wrap(request))).isEqualTo(new Ask.Unknown(30));
    }

    @Test
    void noBytesBreakTheDecoders() {
        Seeds.forEach(3000, random -> {
            byte[] bytes = switch (random.nextInt(5)) {
                case 0 -> encoded(someHello(random));
                case 1 -> encoded(someGreeting(random));
                case 2 -> encoded(someRequest(random));
                case 3 -> encoded(someExtent(random));
                default -> encoded(someEnd(random));
            };
            for (int hits = random.nextInt(1, 6); hits > 0; hits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (random.nextBoolean()) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
                if (bytes.length >= 2 && random.nextBoolean()) {
                    ByteBuffer.wrap(bytes).putShort((short) bytes.length);
                }
            }
            long before = allocatedBytes();
            decodeAll(bytes);
            assertThat(allocatedBytes() - before)
                    .as("no length is believed before its bytes are there")
                    .isLessThan(MOST_BYTES_FOR_ONE_FRAME);
        });
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @Test
    void noHeaderIsLongerThanItsLimit() {
        assertThatThrownBy(() -> Frames.headerBytes(ByteBuffer.wrap(new byte[] {(byte) 0xff, (byte) 0xff})))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> Frames.headerBytes(ByteBuffer.wrap("GET / HTTP/1.1".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ProtocolException.class);
        assertThat(Frames.extentHeaderBytes(BlockProtocol.MAX_BLOCK_BYTES)).isLessThan(BlockProtocol.MAX_HEADER_BYTES);
    }

    @Test
    void theHighestVersionOfBothIsSpoken() {
        assertThat(BlockProtocol.commonVersion(1, 1)).isEqualTo(1);
        assertThat(BlockProtocol.commonVersion(1, 200)).isEqualTo(BlockProtocol.HIGHEST_VERSION);
        assertThat(BlockProtocol.commonVersion(BlockProtocol.HIGHEST_VERSION + 1, 200))
                .isZero();
    }

    private static void decodeAll(byte[] bytes) {
        try {
            Frames.headerBytes(ByteBuffer.wrap(bytes));
        } catch (ProtocolException e) {
            assertThat(e).hasMessageStartingWith("a header of");
        }
        decodes(() -> Frames.decodeHello(ByteBuffer.wrap(bytes)));
        decodes(() -> Frames.decodeGreeting(ByteBuffer.wrap(bytes)));
        decodes(() -> Frames.decodeAsk(ByteBuffer.wrap(bytes)));
        decodes(() -> Frames.decodeAnswer(ByteBuffer.wrap(bytes)));
    }

    private interface Decoding {
        Object run() throws ProtocolException;
    }

    /** Anything but a value or a ProtocolException fails the test. */
    private static void decodes(Decoding decoding) {
        try {
            assertThat(decoding.run()).isNotNull();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static byte[] withUnknownTags(Random random, byte[] frame) {
        byte[] value = new byte[random.nextInt(20)];
        random.nextBytes(value);
        ByteBuffer out = ByteBuffer.allocate(frame.length + 4 + value.length);
        out.put(frame).putShort((short) random.nextInt(2, 60_000)).putShort((short) value.length);
        return out.put(value).putShort(0, (short) out.capacity()).array();
    }

    static Hello someHello(Random random) {
        return new Hello(
                random.nextInt(1, 5),
                random.nextInt(5, 256),
                any(random, Authentication.values()),
                any(random, Hello.Role.values()),
                random.nextLong(),
                new UUID(random.nextLong(), random.nextLong()),
                new Nonce(random.nextLong(), random.nextLong()),
                "g".repeat(random.nextInt(1, 65)));
    }

    private static Greeting someGreeting(Random random) {
        return random.nextBoolean()
                ? new Greeting.Welcome(
                        random.nextInt(1, 256),
                        Authentication.OPEN,
                        random.nextLong(),
                        new UUID(random.nextLong(), random.nextLong()),
                        new Nonce(random.nextLong(), random.nextLong()),
                        random.nextLong())
                : new Greeting.Refused(
                        any(random, Greeting.Reason.values()), 1, random.nextInt(1, 256), someText(random));
    }

    private static Ask.Request someRequest(Random random) {
        BlockKey key = random.nextBoolean()
                ? KEY
                : new BlockKey.Piece(1, new BlockHash(random.nextLong(), 2), "tag" + random.nextInt(), 0, 100);
        return new Ask.Request(
                any(random, Ask.Op.values()),
                random.nextInt(8),
                random.nextLong(),
                random.nextInt(Integer.MAX_VALUE),
                key,
                random.nextInt(128) * BlockChecksums.UNIT_BYTES,
                random.nextInt(4 << 20),
                random.nextLong(),
                someText(random));
    }

    private static Extent someExtent(Random random) {
        int[] checksums = random.ints(512).toArray();
        return Extent.ofBlock(
                random.nextLong(),
                any(random, Answer.Source.values()),
                random.nextInt(128) * BlockChecksums.UNIT_BYTES,
                random.nextInt(4 << 20),
                checksums);
    }

    private static Answer.End someEnd(Random random) {
        return new Answer.End(
                any(random, Answer.Status.values()),
                any(random, Answer.Source.values()),
                random.nextLong(),
                random.nextInt(256),
                random.nextInt(Integer.MAX_VALUE),
                someText(random));
    }

    /** One of {@code values}, but no name that stands for codes without one: it does not come back. */
    private static <E extends Enum<E>> E any(Random random, E[] values) {
        List<E> named = Stream.of(values)
                .filter(value -> !Set.of("OTHER", "UNKNOWN").contains(value.name()))
                .toList();
        return named.get(random.nextInt(named.size()));
    }

    private static String someText(Random random) {
        return "x".repeat(random.nextInt(100));
    }

    private static byte[] encoded(Object frame) {
        ByteBuffer out = ByteBuffer.allocate(BlockProtocol.MAX_HEADER_BYTES);
        switch (frame) {
            case Hello hello -> Frames.encode(hello, out);
            case Greeting greeting -> Frames.encode(greeting, out);
            case Ask.Request request -> Frames.encode(request, out);
            case Extent extent -> Frames.encode(extent, out);
            case Answer.End end -> Frames.encode(end, out);
            default -> throw new IllegalArgumentException("no frame: " + frame);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
