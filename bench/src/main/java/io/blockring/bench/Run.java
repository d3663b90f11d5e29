package io.blockring.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One timed run.
 *
 * @param cpuSeconds of each process that took part, by what it is
 */
record Run(long bytes, double seconds, Map<String, Double> cpuSeconds) {
    private static final double GB = 1e9;

    Run {
        if (bytes <= 0 || seconds <= 0) {
            throw new IllegalArgumentException("no run: " + bytes + " bytes in " + seconds + " s");
        }
        cpuSeconds = new LinkedHashMap<>(cpuSeconds); // whose order is kept
    }

    double gbPerSecond() {
        return bytes / GB / seconds;
    }

    double cpuSecondsPerGb(String process) {
        Double spent = cpuSeconds.get(process);
        if (spent == null) {
            throw new IllegalArgumentException("no process " + process + " in " + cpuSeconds.keySet());
        }
        return spent / (bytes / GB);
    }
}
