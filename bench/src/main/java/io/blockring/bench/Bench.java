package io.blockring.bench;

import io.blockring.systemtests.rig.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures figures, prints them, and writes them to {@code docs/evidence}. It fails when something broke or a byte was
 * wrong, never because something was slow.
 */
public final class Bench {
    private static final int USAGE = 2;

    private Bench() {}

    /** See {@code bench/run --help}. */
    public static void main(String[] arguments) throws IOException {
        Map<String, Figure> known = figures();
        BenchOptions options;
        try {
            options = BenchOptions.parse(List.of(arguments), new ArrayList<>(known.keySet()));
        } catch (IllegalArgumentException e) {
            System.err.printf("error: bench cannot be run like this%nwhy: %s%ntry: bench/run --help%n", e.getMessage());
            System.exit(USAGE);
            return;
        }
        for (Map.Entry<String, Figure> figure : known.entrySet()) {
            if (options.figures().contains(figure.getKey())) {
                run(figure.getKey(), figure.getValue(), options);
            }
        }
    }

    private static Map<String, Figure> figures() {
        var figures = new LinkedHashMap<String, Figure>();
        figures.put("block-protocol", new BlockProtocolFigure());
        figures.put("mount-read", new MountReadFigure());
        figures.put("metadata", new MetadataFigure());
        return figures;
    }

    private static void run(String name, Figure figure, BenchOptions options) throws IOException {
        Path evidence = Program.checkout().resolve("docs/evidence");
        Files.createDirectories(evidence);
        Machine machine = Machine.now();
        try (var closing = Closing.atExit()) {
            if (options.profile()) {
                if (!(figure instanceof ReadFigure reads)) {
                    System.out.println(name + " has no profile");
                    return;
                }
                var profile = new Profile(closing);
                reads.profile(options.settings(), closing, profile);
                Files.writeString(evidence.resolve(name + "-profile.txt"), machine + "\n" + profile.text());
                System.out.print(profile.text());
                return;
            }
            Evidence measured = figure.measure(name, machine, options.settings(), closing);
            Files.writeString(evidence.resolve(name + ".json"), measured.json());
            System.out.print(measured.table());
        }
    }
}
