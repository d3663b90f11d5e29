package io.blockring.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The limits and peers in C, compiled here. */
final class CPrograms {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path sources = Program.checkout().resolve("bench/src/main/c");
    private final Path binaries;

    CPrograms(Path binaries) {
        this.binaries = binaries;
    }

    /** Compiles {@code NAME.c}; fails with what the compiler says. */
    Path compile(String name, List<String> libraries) {
        Path binary = binaries.resolve(name);
        List<String> command = new ArrayList<>(List.of("gcc", "-O2", "-pthread", "-o", binary.toString()));
        command.add(sources.resolve(name + ".c").toString());
        command.addAll(libraries);
        Program.run(Map.of(), null, command).orFail();
        return binary;
    }

    /** What the compiler needs for a library; empty when the library's headers are not here. */
    static List<String> packageFlags(String library) {
        try {
            var found = Program.run(Map.of(), null, List.of("pkg-config", "--cflags", "--libs", library));
            return found.exitStatus() == 0 ? List.of(found.out().strip().split("\\s+", -1)) : List.of();
        } catch (UncheckedIOException e) {
            return List.of(); // no pkg-config
        }
    }

    /**
     * Runs a limit and reads its line of JSON.
     *
     * @param processes which of its fields are CPU seconds of which process
     */
    static Run run(List<String> command, Map<String, String> processes) throws IOException {
        String line = Program.run(Map.of(), null, command).orFail().out().strip();
        JsonNode told = JSON.readTree(line);
        var cpu = new LinkedHashMap<String, Double>();
        processes.forEach((field, process) -> cpu.put(process, told.path(field).asDouble()));
        return new Run(told.path("bytes").asLong(), told.path("seconds").asDouble(), cpu);
    }
}
