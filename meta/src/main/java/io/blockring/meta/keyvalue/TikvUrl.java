package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.ServiceUrl;
import io.blockring.tikvclient.TikvSecurity;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the TiKV of a volume is, in the form that JuiceFS knows.
 *
 * <pre>
 * tikv://PD[:PORT],PD[:PORT]/NAME?ca=FILE&amp;cert=FILE&amp;key=FILE&amp;gc-interval=3h
 * </pre>
 *
 * @param drivers members of the placement driver, some or all, each a host and a port
 * @param name what the keys begin with; volumes of one cluster differ in it
 * @param keepVersions how long versions of keys that were written anew are kept; null when others take care of that
 */
record TikvUrl(
        List<String> drivers,
        String name,
        TikvSecurity security,
        @Nullable Duration keepVersions) {
    static final String SCHEME = "tikv://";

    private static final int PORT = 2379;
    private static final String INTERVAL = "gc-interval";
    private static final Duration USUAL_INTERVAL = Duration.ofHours(3);
    /** A shorter one counts as this, as JuiceFS has it. */
    private static final Duration LEAST_INTERVAL = Duration.ofHours(1);

    /** The last two say how JuiceFS gets its moments, which we do in our own way. */
    private static final Set<String> OPTIONS =
            Set.of("ca", "cert", "key", INTERVAL, "open-tso-follower-proxy", "max-tso-batch-wait-interval");

    TikvUrl {
        drivers = List.copyOf(drivers);
    }

    /** Reads a URL; one that is wrong is an IllegalArgumentException that says why. */
    static TikvUrl parse(String text) {
        ServiceUrl url = ServiceUrl.parse(text);
        var unknown = new TreeSet<>(url.options().keySet());
        unknown.removeAll(OPTIONS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "it has the option '%s', and may have %s".formatted(unknown.first(), new TreeSet<>(OPTIONS)));
        }
        if (!url.user().isEmpty() || !url.password().isEmpty()) {
            throw new IllegalArgumentException("TiKV knows clients by certificates, and not by a user or password");
        }
        if ((url.file("cert") == null) != (url.file("key") == null)) {
            throw new IllegalArgumentException("a client's certificate needs its key: cert=FILE and key=FILE");
        }
        List<String> drivers =
                url.places(PORT).stream().map(ServiceUrl.Place::toString).toList();
        String interval = url.options().getOrDefault(INTERVAL, "");
        return new TikvUrl(
                drivers,
                url.path().replaceFirst("^/+", ""),
                new TikvSecurity(url.file("ca"), url.file("cert"), url.file("key")),
                interval.isEmpty() ? USUAL_INTERVAL : interval(interval));
    }

    /** A duration as in {@code 3h} or {@code 1h30m}; {@code 0} is none. */
    private static @Nullable Duration interval(String text) {
        if (text.equals("0")) {
            return null;
        }
        try {
            Duration asked = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
            if (asked.isZero()) {
                return null;
            }
            if (asked.isPositive()) {
                return asked.compareTo(LEAST_INTERVAL) < 0 ? LEAST_INTERVAL : asked;
            }
        } catch (DateTimeParseException _) {
            // Said below.
        }
        throw new IllegalArgumentException("'%s' is no %s, which is like 3h or 90m".formatted(text, INTERVAL));
    }
}
