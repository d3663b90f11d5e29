package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Arrays;
import java.util.List;

/** The middle of some samples, and how far they lie apart. */
@JsonPropertyOrder({"median", "min", "max"})
record Spread(double median, double min, double max) {
    private static final double SHOWN_DIGITS = 10_000.0;

    static Spread of(List<Double> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("no samples");
        }
        double[] sorted = samples.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(rounded(median), rounded(sorted[0]), rounded(sorted[sorted.length - 1]));
    }

    private static double rounded(double value) {
        return Math.round(value * SHOWN_DIGITS) / SHOWN_DIGITS;
    }
}
