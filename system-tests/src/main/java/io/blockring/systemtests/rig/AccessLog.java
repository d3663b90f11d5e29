package io.blockring.systemtests.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the S3 server gave out, by its own access log: {@code TIME METHOD /BUCKET/KEY STATUS BODY-BYTES RANGE}. */
public final class AccessLog {
    private AccessLog() {}

    /** Where the log ends now, in bytes. */
    public static long position(Path log) {
        try {
            return Files.size(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The keys below {@code prefix} that were asked for with success since {@code position}, one for each GET. */
    public static List<String> getsSince(Path log, long position, String prefix) {
        String text;
        try {
            byte[] all = Files.readAllBytes(log);
            text = new String(all, (int) position, all.length - (int) position, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> keys = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] fields = line.split(" ", -1);
            if (fields.length >= 5 && fields[1].equals("GET") && fields[3].startsWith("2")) {
                String key = fields[2].substring(fields[2].indexOf('/', 1) + 1);
                if (key.startsWith(prefix)) {
                    keys.add(key);
                }
            }
        }
        return keys;
    }
}
