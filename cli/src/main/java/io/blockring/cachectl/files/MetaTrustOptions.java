package io.blockring.cachectl.files;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.cache.CacheTimes;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** For how long a mount believes what the metadata said, and what it writes when files are read. */
final class MetaTrustOptions {
    @Option(
            names = "--attr-cache",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeSpan.Converter.class,
            description = "How long attributes are believed (default ${DEFAULT-VALUE}; a plain number is of seconds).")
    private Duration attributes = CacheTimes.DEFAULT.attributes();

    @Option(
            names = "--entry-cache",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeSpan.Converter.class,
            description = "How long names of files are believed (default ${DEFAULT-VALUE}).")
    private Duration entries = CacheTimes.DEFAULT.entries();

    @Option(
            names = "--dir-entry-cache",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeSpan.Converter.class,
            description = "How long names of directories are believed (default ${DEFAULT-VALUE}).")
    private Duration directoryEntries = CacheTimes.DEFAULT.directoryEntries();

    @Option(
            names = "--negative-entry-cache",
            paramLabel = "TIME",
            defaultValue = "0s",
            converter = TimeSpan.Converter.class,
            description = "How long it is believed that a name is missing (default ${DEFAULT-VALUE}).")
    private Duration missingEntries = CacheTimes.DEFAULT.missingEntries();

    @Option(
            names = "--open-cache",
            paramLabel = "TIME",
            defaultValue = "0s",
            converter = TimeSpan.Converter.class,
            description = "How long an open believes what is known of a file, and misses what others wrote"
                    + " (default ${DEFAULT-VALUE}: every open asks).")
    private Duration open = CacheTimes.DEFAULT.open();

    @Option(
            names = "--atime-mode",
            paramLabel = "MODE",
            defaultValue = "noatime",
            converter = AtimeMode.class,
            description = "What a read does to the access time: noatime, relatime or strictatime"
                    + " (default ${DEFAULT-VALUE}).")
    private AccessTimes accessTimes = AccessTimes.NOATIME;

    /** Reads modes as the mount options of Linux call them. */
    static final class AtimeMode implements ITypeConverter<AccessTimes> {
        @Override
        public AccessTimes convert(String text) {
            return Arrays.stream(AccessTimes.values())
                    .filter(mode -> nameOf(mode).equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is not one of noatime, relatime and strictatime"));
        }
    }

    private static String nameOf(AccessTimes mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    /** No time is longer than the longest that there is. */
    CacheTimes times() {
        return new CacheTimes(
                bounded(attributes),
                bounded(entries),
                bounded(directoryEntries),
                bounded(missingEntries),
                bounded(open));
    }

    private static Duration bounded(Duration time) {
        return time.compareTo(CacheTimes.LONGEST) > 0 ? CacheTimes.LONGEST : time;
    }

    AccessTimes accessTimes() {
        return accessTimes;
    }

    /** The same options for another process. */
    List<String> asArguments() {
        CacheTimes times = times();
        return List.of(
                option("--attr-cache", times.attributes()),
                option("--entry-cache", times.entries()),
                option("--dir-entry-cache", times.directoryEntries()),
                option("--negative-entry-cache", times.missingEntries()),
                option("--open-cache", times.open()),
                "--atime-mode=" + nameOf(accessTimes));
    }

    private static String option(String name, Duration time) {
        return "%s=%d.%09ds".formatted(name, time.getSeconds(), time.getNano());
    }
}
