package io.blockring.meta.tree;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client version of the volume format, such as {@code 1.1.0-A} or {@code 1.0.2+2022-10-13.514ef03}.
 *
 * @param label of a version before its release, in the order of text; empty for the release, which comes last
 */
record ClientVersion(int major, int minor, int patch, String label) implements Comparable<ClientVersion> {
    private static final Pattern FORM = Pattern.compile("v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-([^+]*))?(?:\\+.*)?");
    private static final Comparator<ClientVersion> ORDER = Comparator.comparingInt(ClientVersion::major)
            .thenComparingInt(ClientVersion::minor)
            .thenComparingInt(ClientVersion::patch)
            .thenComparing(version -> version.label().isEmpty())
            .thenComparing(ClientVersion::label);

    /** The version in {@code text}; what is none counts as newer than all, so that it is refused as a minimum. */
    static ClientVersion parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return new ClientVersion(Integer.MAX_VALUE, 0, 0, "");
        }
        return new ClientVersion(
                number(matcher.group(1)),
                number(matcher.group(2)),
                number(matcher.group(3)),
                matcher.group(4) == null ? "" : matcher.group(4));
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    @Override
    public int compareTo(ClientVersion other) {
        return ORDER.compare(this, other);
    }
}
