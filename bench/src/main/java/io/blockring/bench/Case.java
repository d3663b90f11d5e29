package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One case of a figure in its rounds. A round has a run of the limit and, right beside it, one of each other. */
final class Case {
    static final String LIMIT = "limit";
    static final String OURS = "ours";

    private final String transport;
    private final int streams;
    private final List<Map<String, Run>> rounds = new ArrayList<>();

    /** What the runs of one kind come to; a ratio compares runs of the same round only. */
    @JsonPropertyOrder({"gbPerSecond", "ratioToLimit", "cpuSecondsPerGb"})
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Series(Spread gbPerSecond, @Nullable Spread ratioToLimit, Map<String, Spread> cpuSecondsPerGb) {
        /** Median of the ratios to the limit. */
        double ratio() {
            if (ratioToLimit == null) {
                throw new IllegalArgumentException("the limit has no ratio to itself");
            }
            return ratioToLimit.median();
        }

        /** Median of the CPU seconds per GB of a process. */
        double cpuOf(String process) {
            Spread found = cpuSecondsPerGb.get(process);
            if (found == null) {
                throw new IllegalArgumentException("no process " + process + " in " + cpuSecondsPerGb.keySet());
            }
            return found.median();
        }
    }

    /** The case as it is written down. */
    @JsonPropertyOrder({"transport", "streams", "rounds", "series"})
    record Summary(String transport, int streams, int rounds, Map<String, Series> series) {
        String label() {
            return transport + " " + streams;
        }

        Series ours() {
            Series found = series.get(OURS);
            if (found == null) {
                throw new IllegalArgumentException("nothing of ours in " + series.keySet());
            }
            return found;
        }
    }

    Case(String transport, int streams) {
        this.transport = transport;
        this.streams = streams;
    }

    void add(Map<String, Run> round) {
        if (!round.containsKey(LIMIT)) {
            throw new IllegalArgumentException("a round without a limit: " + round.keySet());
        }
        if (!rounds.isEmpty() && !rounds.getFirst().keySet().equals(round.keySet())) {
            throw new IllegalArgumentException(
                    "another round had " + rounds.getFirst().keySet());
        }
        rounds.add(new LinkedHashMap<>(round));
    }

    Summary summary() {
        var series = new LinkedHashMap<String, Series>();
        for (String name : rounds.getFirst().keySet()) {
            var cpu = new LinkedHashMap<String, Spread>();
            for (String process : run(rounds.getFirst(), name).cpuSeconds().keySet()) {
                cpu.put(process, spread(round -> run(round, name).cpuSecondsPerGb(process)));
            }
            Spread ratio = name.equals(LIMIT)
                    ? null
                    : spread(round ->
                            run(round, name).gbPerSecond() / run(round, LIMIT).gbPerSecond());
            series.put(name, new Series(spread(round -> run(round, name).gbPerSecond()), ratio, cpu));
        }
        return new Summary(transport, streams, rounds.size(), series);
    }

    private Spread spread(ToDoubleFunction<Map<String, Run>> value) {
        return Spread.of(rounds.stream().mapToDouble(value).boxed().toList());
    }

    private static Run run(Map<String, Run> round, String name) {
        Run found = round.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no run of " + name);
        }
        return found;
    }
}
