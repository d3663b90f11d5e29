package io.blockring.fuseclient;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What this process sees mounted where, from {@code /proc/self/mountinfo}: to read it asks no file system. */
final class MountTable {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int DEVICE_FIELD = 2;
    private static final int TARGET_FIELD = 4;
    private static final int OCTAL = 8;
    private static final int ESCAPE_DIGITS = 3;

    private MountTable() {}

    /**
     * A mount.
     *
     * @param device major and minor number, as in {@code 0:57}
     */
    record Mount(String device, String target, String type, String source) {}

    /** The topmost mount at exactly {@code target}, an absolute path without links. */
    static Optional<Mount> at(Path target) throws IOException {
        return Files.readString(MOUNTS, StandardCharsets.ISO_8859_1)
                .lines()
                .map(MountTable::parse)
                .filter(mount -> mount.target().equals(target.toString()))
                .reduce((_, later) -> later);
    }

    /** {@code 36 35 0:57 / /mnt rw,noatime shared:1 - fuse.blockring lab rw,user_id=0}. */
    static Mount parse(String line) {
        int separator = line.indexOf(" - ");
        String[] before = line.substring(0, separator).split(" ", -1);
        String[] after = line.substring(separator + " - ".length()).split(" ", -1);
        return new Mount(before[DEVICE_FIELD], unescaped(before[TARGET_FIELD]), after[0], unescaped(after[1]));
    }

    /** Blanks, tabs, line ends and backslashes are written as a backslash and three octal digits; bytes are UTF-8. */
    private static String unescaped(String field) {
        var bytes = new byte[field.length()];
        int length = 0;
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + ESCAPE_DIGITS < field.length()) {
                bytes[length++] = (byte) Integer.parseInt(field, i + 1, i + 1 + ESCAPE_DIGITS, OCTAL);
                i += ESCAPE_DIGITS;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
