package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The names of files and folders that hold the parts of keys: printable ASCII stands for itself, {@code %} and every
 * other byte of UTF-8 is {@code %XX}. So a directory means the same under every locale, and a name that starts with
 * {@code %u} is never that of an object.
 */
final class FileNames {
    private static final int MAX_NAME_BYTES = 255;
    private static final String UPLOAD_PREFIX = "%upload-";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private FileNames() {}

    static String of(String keyPart) throws ObjectStoreException {
        var name = new StringBuilder();
        for (byte b : keyPart.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' - 1 && b < 0x7F && b != '%') {
                name.append((char) b);
            } else {
                name.append('%').append(HEX.toHexDigits(b));
            }
        }
        if (name.length() > MAX_NAME_BYTES) {
            throw new ObjectStoreException(INVALID, "too long for the name of a file: '" + keyPart + "'");
        }
        return name.toString();
    }

    /** The part of a key that a file name stands for; null when it stands for none. */
    static @Nullable String keyPart(String name) {
        ByteBuffer bytes = ByteBuffer.allocate(name.length());
        try {
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if (c != '%') {
                    bytes.put((byte) c);
                } else {
                    bytes.put((byte) HexFormat.fromHexDigits(name, i + 1, i + 3));
                    i += 2;
                }
            }
            String part =
                    StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
            return of(part).equals(name) ? part : null;
        } catch (IndexOutOfBoundsException | IllegalArgumentException | CharacterCodingException e) {
            return null; // no name of ours
        } catch (ObjectStoreException e) {
            return null; // too long
        }
    }

    /** A new name for a file that is not an object yet. */
    static String ofUpload() {
        return UPLOAD_PREFIX + UUID.randomUUID();
    }
}
