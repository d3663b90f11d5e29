package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes a whole volume out of Redis: the keys of the volume format and no others, the settings last. */
final class RecordRemoval {
    private static final int AT_ONCE = 1000;

    /** The keys of the format, with those that only other clients write. */
    private static final Pattern OURS = Pattern.compile("[idsxp]\\d+|c\\d+_\\d+|lock(?:ed|f|p)\\d+|session\\d+"
            + "|allSessions|sessions|sessionInfos|delfiles|delSlices|sliceRef|detachedNodes|acl|krbToken|txnLog|txnLastLog"
            + "|dir(?:DataLength|UsedSpace|UsedInodes|Quota|QuotaUsedSpace|QuotaUsedInodes)"
            + "|(?:user|group)Quota(?:UsedSpace|UsedInodes)?"
            + "|usedSpace|totalInodes|next(?:inode|chunk|session|Trash|CleanupSlices)|aclMaxId|krbTokenMaxId"
            + "|lastCleanup(?:Sessions|Files|Trash|Changelog)");

    private final RedisLink link;
    private final String prefix;

    RecordRemoval(RedisLink link, String prefix) {
        this.link = link;
        this.prefix = prefix;
    }

    /** Removes them; returns how many keys that were. */
    long remove() throws FileError {
        long removed = 0;
        byte[] cursor = RedisKeys.number(0);
        do {
            Object answer = link.ask(Command.of("SCAN", cursor).text("COUNT").number(AT_ONCE));
            List<@Nullable Object> step = Answers.objects(answer);
            cursor = Answers.bytes(step.getFirst());
            var unlink = Command.of("UNLINK");
            var keys = new ArrayList<byte[]>();
            for (byte[] key : Answers.list(step.getLast())) {
                if (isOurs(key)) {
                    keys.add(key);
                    unlink.bytes(key);
                }
            }
            if (!keys.isEmpty()) {
                link.ask(unlink);
                removed += keys.size();
            }
        } while (Answers.number(cursor) != 0);
        link.ask(Command.of("UNLINK").bytes((prefix + "setting").getBytes(StandardCharsets.US_ASCII)));
        return removed;
    }

    private boolean isOurs(byte[] key) {
        String text = new String(key, StandardCharsets.ISO_8859_1);
        return text.startsWith(prefix)
                && OURS.matcher(text.substring(prefix.length())).matches();
    }
}
