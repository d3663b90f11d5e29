package io.blockring.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * What {@code bench/run} was asked for.
 *
 * @param figures by name; all when none is named
 */
record BenchOptions(boolean profile, List<String> figures, Figure.Settings settings) {
    private static final int DEFAULT_PAIRS = 5;
    private static final long DEFAULT_BYTES = 1L << 30;
    private static final java.util.regex.Pattern SIZE = java.util.regex.Pattern.compile("(\\d{1,12})(MiB|GiB|)");

    BenchOptions {
        figures = List.copyOf(figures);
    }

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException when it is none
     */
    static BenchOptions parse(List<String> words, List<String> known) {
        int pairs = DEFAULT_PAIRS;
        long bytes = DEFAULT_BYTES;
        boolean profile = false;
        List<String> figures = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            switch (word) {
                case "--pairs" -> pairs = Math.toIntExact(size(word, words, ++i));
                case "--bytes" -> bytes = size(word, words, ++i);
                case "profile" -> profile = true;
                default -> {
                    if (!known.contains(word)) {
                        throw new IllegalArgumentException("there is no figure " + word + "; there are " + known);
                    }
                    figures.add(word);
                }
            }
        }
        return new BenchOptions(profile, figures.isEmpty() ? known : figures, new Figure.Settings(bytes, pairs));
    }

    private static long size(String option, List<String> words, int at) {
        Matcher size = SIZE.matcher(at < words.size() ? words.get(at) : "");
        if (!size.matches()) {
            throw new IllegalArgumentException(option + " needs a number such as 5, 64MiB or 1GiB");
        }
        int shift = switch (size.group(2)) {
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        return Long.parseLong(size.group(1)) << shift;
    }
}
