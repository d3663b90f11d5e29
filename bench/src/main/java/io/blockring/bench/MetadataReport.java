package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Operations per second as they are written down. */
@JsonPropertyOrder({"figure", "machine", "cases"})
record MetadataReport(String figure, Machine machine, List<MetadataCase> cases) implements Evidence {
    @Override
    public String json() throws JsonProcessingException {
        return Report.json(this);
    }

    @Override
    public String table() {
        var table = new StringBuilder(figure + ", " + machine.commit() + ", load " + machine.loadAverage() + "\n");
        for (MetadataCase measured : cases) {
            for (Map.Entry<String, Map<String, Spread>> series :
                    measured.perSecond().entrySet()) {
                table.append("%-8s %3d %-18s".formatted(measured.engine(), measured.clients(), series.getKey()));
                series.getValue()
                        .forEach((kind, spread) ->
                                table.append(String.format(Locale.ROOT, "  %s %,.0f/s", kind, spread.median())));
                table.append('\n');
            }
        }
        return table.toString();
    }
}
