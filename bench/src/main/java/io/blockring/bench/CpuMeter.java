package io.blockring.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What some processes spend while something runs. */
final class CpuMeter {
    private final Map<String, Long> pids;
    private final Map<String, Double> before = new LinkedHashMap<>();

    private CpuMeter(Map<String, Long> pids) {
        this.pids = pids;
    }

    static CpuMeter start(Map<String, Long> pids) throws IOException {
        var meter = new CpuMeter(pids);
        for (Map.Entry<String, Long> process : pids.entrySet()) {
            meter.before.put(process.getKey(), CpuClock.seconds(process.getValue()));
        }
        return meter;
    }

    /** CPU seconds since the start, by process. */
    Map<String, Double> stop() throws IOException {
        var spent = new LinkedHashMap<String, Double>();
        for (Map.Entry<String, Double> process : before.entrySet()) {
            Long pid = pids.get(process.getKey());
            if (pid != null) {
                spent.put(process.getKey(), CpuClock.seconds(pid) - process.getValue());
            }
        }
        return spent;
    }
}
