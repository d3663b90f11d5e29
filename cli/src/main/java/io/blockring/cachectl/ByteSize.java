package io.blockring.cachectl;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 100GiB}, {@code 1.5 TiB}, {@code 500MB}, {@code 4096}. */
public record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{1,6})?)\\s*([KMGTP]?)(i?)(B?)\\s*");
    private static final String UNITS = "KMGTP";

    /**
     * Reads a size; K to P are powers of 1000, Ki to Pi powers of 1024.
     *
     * @throws IllegalArgumentException when {@code text} is no size, or one above 8 EiB
     */
    public static ByteSize parse(String text) {
        Matcher form = FORM.matcher(text);
        boolean hasIWithoutUnit =
                form.matches() && form.group(2).isEmpty() && !form.group(3).isEmpty();
        if (!form.matches() || hasIWithoutUnit) {
            throw new IllegalArgumentException("'" + text + "' is not a size such as 100GiB, 500MB or 4096");
        }
        double unit = 1;
        for (int power = UNITS.indexOf(form.group(2)); !form.group(2).isEmpty() && power >= 0; power--) {
            unit *= form.group(3).isEmpty() ? 1000 : 1024;
        }
        double bytes = Double.parseDouble(form.group(1)) * unit;
        if (bytes >= Long.MAX_VALUE) {
            throw new IllegalArgumentException("'" + text + "' is more than 8 EiB");
        }
        return new ByteSize((long) bytes);
    }

    /** For people: {@code 1.5 GiB}. */
    public static String show(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        double scaled = bytes / (double) (1L << (power * 10));
        return String.format(Locale.ROOT, scaled < 10 ? "%.2f %ciB" : "%.1f %ciB", scaled, "KMGTPE".charAt(power - 1));
    }

    @Override
    public String toString() {
        return show(bytes);
    }

    /** Reads sizes on the command line. */
    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
