package io.blockring.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.tikvclient.testing.TikvServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Operations on names per second, as mdtest counts them: through a mount and through the library, on RocksDB, Redis
 * and TiKV, beside the plain transactions of that engine and beside a plain directory of this machine.
 */
final class MetadataFigure implements Figure {
    private static final List<Integer> CLIENTS = List.of(1, 8, 32);

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public Evidence measure(String name, Machine machine, Settings settings, Closing closing) throws IOException {
        Path folder = closing.folder();
        Path program = new CPrograms(folder).compile("metadata_loop", List.of());
        TestCluster cluster = closing.add(TestCluster.start());
        List<MetadataCase> cases = new ArrayList<>();
        EngineCases measured = engine -> {
            String meta = cluster.createVolume(engine.label(), engine.volume(folder));
            for (int clients : CLIENTS) {
                cases.add(measure(engine, cluster, program, meta, clients, settings.pairs(), folder));
            }
        };
        measured.add(new RocksEngine(folder.resolve("plain")));
        try (var redis = BenchRedis.start(Files.createDirectory(folder.resolve("redis")))) {
            measured.add(redis);
        }
        if (BenchTikv.isAtHand()) {
            try (var tikv = BenchTikv.start(Files.createDirectory(folder.resolve("tikv")))) {
                measured.add(tikv);
            }
        } else {
            System.err.println(TikvServers.NOT_SHOWN);
        }
        return new MetadataReport(name, machine, cases);
    }

    private interface EngineCases {
        void add(Engine engine) throws IOException;
    }

    private static MetadataCase measure(
            Engine engine, TestCluster cluster, Path program, String meta, int clients, int rounds, Path folder)
            throws IOException {
        List<Map<String, Map<String, Double>>> samples = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            var sample = new LinkedHashMap<String, Map<String, Double>>();
            sample.put("plainTransactions", Map.of("commit", engine.plainTransactions(clients, engine.files())));
            sample.put("library", MetadataOperations.run(meta, clients, engine.files() / clients));
            Path mount = cluster.mount(meta);
            sample.put("mount", through(program, mount, clients, engine.files()));
            cluster.umount(mount);
            sample.put(
                    "plainDirectory",
                    through(program, Files.createTempDirectory(folder, "plain"), clients, engine.files()));
            samples.add(sample);
        }
        return MetadataCase.of(engine.label(), clients, engine.files(), samples);
    }

    private static Map<String, Double> through(Path program, Path directory, int clients, int files)
            throws IOException {
        List<String> command = List.of(
                program.toString(), directory.toString(), Integer.toString(clients), Integer.toString(files / clients));
        JsonNode told = JSON.readTree(
                Program.run(Map.of(), null, command).orFail().out().strip());
        var rates = new LinkedHashMap<String, Double>();
        told.properties()
                .forEach(phase -> rates.put(phase.getKey(), phase.getValue().asDouble()));
        return rates;
    }

    /** What keeps the metadata, and how many transactions it makes by itself. */
    interface Engine {
        String label();

        /** Files of all clients together, so that each run takes about as long. */
        default int files() {
            return 6_400;
        }

        /** A URL for metadata of a new volume. */
        String volume(Path folder);

        /** Transactions per second of three small records each, by {@code clients} at once. */
        double plainTransactions(int clients, int count) throws IOException;
    }
}
