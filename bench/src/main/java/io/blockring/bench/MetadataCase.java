package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What some clients at once reach on an engine.
 *
 * @param files of all clients together, in each phase
 * @param perSecond operations per second, by how they were made and by kind
 */
@JsonPropertyOrder({"engine", "clients", "files", "perSecond"})
record MetadataCase(String engine, int clients, int files, Map<String, Map<String, Spread>> perSecond) {
    static MetadataCase of(String engine, int clients, int files, List<Map<String, Map<String, Double>>> rounds) {
        var series = new LinkedHashMap<String, Map<String, Spread>>();
        rounds.getFirst().forEach((name, kinds) -> {
            var spreads = new LinkedHashMap<String, Spread>();
            for (String kind : kinds.keySet()) {
                spreads.put(
                        kind,
                        Spread.of(rounds.stream()
                                .map(round -> rate(round, name, kind))
                                .toList()));
            }
            series.put(name, spreads);
        });
        return new MetadataCase(engine, clients, files, series);
    }

    private static Double rate(Map<String, Map<String, Double>> round, String name, String kind) {
        return Objects.requireNonNull(
                Objects.requireNonNull(round.get(name), name).get(kind), kind);
    }
}
