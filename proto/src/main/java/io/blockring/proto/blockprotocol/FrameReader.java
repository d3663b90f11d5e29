package io.blockring.proto.blockprotocol;

import io.blockring.block.BlockKey;
import io.blockring.block.BlockKeyCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Reads the fields of one header in their order; whatever the bytes are, it fails only by a ProtocolException. */
final class FrameReader {
    /** Tag of a text for people. */
    static final int TEXT = 1;

    private final ByteBuffer header;
    private final int kind;

    /** A reader behind the prefix of {@code header}, which must be whole and have that many bytes. */
    FrameReader(ByteBuffer header, int atLeastBytes) throws ProtocolException {
        this.header = header.slice().order(ByteOrder.BIG_ENDIAN);
        if (this.header.remaining() < BlockProtocol.PREFIX_BYTES || Frames.headerBytes(header) != header.remaining()) {
            throw new ProtocolException("a header of " + header.remaining() + " bytes that says another length");
        }
        require(atLeastBytes);
        int version = Byte.toUnsignedInt(this.header.get(2));
        if (version == 0) {
            throw new ProtocolException("a header of version 0");
        }
        kind = Byte.toUnsignedInt(this.header.get(3));
        this.header.position(BlockProtocol.PREFIX_BYTES);
    }

    int kind() {
        return kind;
    }

    void expectKind(int expected) throws ProtocolException {
        if (kind != expected) {
            throw new ProtocolException("kind " + kind + " where kind " + expected + " is due");
        }
    }

    void expectMagic() throws ProtocolException {
        if (i32() != BlockProtocol.MAGIC) {
            throw new ProtocolException("the other end does not speak the block protocol");
        }
    }

    /** Fails unless the whole header has that many bytes. */
    void require(int bytes) throws ProtocolException {
        if (header.limit() < bytes) {
            throw new ProtocolException("a header of " + header.limit() + " bytes where " + bytes + " are due");
        }
    }

    int u8() throws ProtocolException {
        need(Byte.BYTES);
        return Byte.toUnsignedInt(header.get());
    }

    int u16() throws ProtocolException {
        need(Short.BYTES);
        return Short.toUnsignedInt(header.getShort());
    }

    int i32() throws ProtocolException {
        need(Integer.BYTES);
        return header.getInt();
    }

    long i64() throws ProtocolException {
        need(Long.BYTES);
        return header.getLong();
    }

    /** A 32-bit number from 0 to {@code max}. */
    int natural(String what, int max) throws ProtocolException {
        int value = i32();
        if (value < 0 || value > max) {
            throw new ProtocolException("a " + what + " of " + Integer.toUnsignedString(value));
        }
        return value;
    }

    UUID id() throws ProtocolException {
        return new UUID(i64(), i64());
    }

    Nonce nonce() throws ProtocolException {
        return new Nonce(i64(), i64());
    }

    BlockKey key(int bytes) throws ProtocolException {
        if (bytes > BlockKeyCodec.MAX_ENCODED_BYTES) {
            throw new ProtocolException("a block key of " + bytes + " bytes");
        }
        try {
            return BlockKeyCodec.decode(take(bytes));
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("no block key: " + e.getMessage(), e);
        }
    }

    String text(int bytes, int maxBytes, String what) throws ProtocolException {
        if (bytes > maxBytes) {
            throw new ProtocolException("a " + what + " of " + bytes + " bytes");
        }
        return new String(take(bytes), StandardCharsets.UTF_8);
    }

    void skip(int bytes) throws ProtocolException {
        need(bytes);
        header.position(header.position() + bytes);
    }

    /** Reads the tag-length-values up to the end of the header; returns the text among them, or an empty one. */
    String rest() throws ProtocolException {
        String text = "";
        while (header.hasRemaining()) {
            int tag = u16();
            int length = u16();
            if (tag == TEXT) {
                text = text(length, BlockProtocol.MAX_TEXT_BYTES, "text");
            } else {
                skip(length);
            }
        }
        return text;
    }

    private byte[] take(int bytes) throws ProtocolException {
        need(bytes);
        byte[] taken = new byte[bytes];
        header.get(taken);
        return taken;
    }

    private void need(int bytes) throws ProtocolException {
        if (header.remaining() < bytes) {
            throw new ProtocolException("a header that ends " + (bytes - header.remaining()) + " bytes too early");
        }
    }
}
