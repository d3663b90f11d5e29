package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A measured figure as it is written down. */
@JsonPropertyOrder({"figure", "machine", "bytes", "requestBytes", "cases", "goals"})
record Report(String figure, Machine machine, long bytes, int requestBytes, List<Case.Summary> cases, List<Goal> goals)
        implements Evidence {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROW = "%-12s %-15s %18s %18s   %s%n";

    @Override
    public String json() throws JsonProcessingException {
        return json(this);
    }

    /** Any figure, a line for each of its cases. */
    static String json(Evidence figure) throws JsonProcessingException {
        var printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
        return JSON.writer(printer).writeValueAsString(figure) + "\n";
    }

    /** Medians, with the least and the most. */
    @Override
    public String table() {
        var table = new StringBuilder(figure + ", " + machine.commit() + ", load " + machine.loadAverage() + "\n");
        table.append(ROW.formatted("CASE", "WHAT", "GB/s", "RATIO TO LIMIT", "CPU s/GB"));
        for (Case.Summary measured : cases) {
            for (Map.Entry<String, Case.Series> series : measured.series().entrySet()) {
                Spread ratio = series.getValue().ratioToLimit();
                var cpu = new StringBuilder();
                series.getValue()
                        .cpuSecondsPerGb()
                        .forEach((process, spent) -> cpu.append(process + " " + shown(spent) + "  "));
                table.append(ROW.formatted(
                        measured.label(),
                        series.getKey(),
                        shown(series.getValue().gbPerSecond()),
                        ratio == null ? "" : shown(ratio),
                        cpu.toString().strip()));
            }
        }
        for (Goal goal : goals) {
            table.append("%-4s %s: %.3f, goal %s%n"
                    .formatted(goal.met() ? "ok" : "MISS", goal.what(), goal.value(), goal.goal()));
        }
        return table.toString();
    }

    private static String shown(Spread spread) {
        return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", spread.median(), spread.min(), spread.max());
    }
}
