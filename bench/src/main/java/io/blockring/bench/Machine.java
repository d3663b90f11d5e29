package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.blockring.systemtests.rig.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where and when, and what else ran.
 *
 * @param commit of the checkout; it ends with "+changes" when files differ from it
 * @param loadAverage of the last minute, before anything was started
 */
@JsonPropertyOrder({"commit", "date", "cpu", "cores", "memoryGib", "kernel", "jdk", "loadAverage"})
record Machine(
        String commit,
        String date,
        String cpu,
        int cores,
        double memoryGib,
        String kernel,
        String jdk,
        double loadAverage) {
    private static final double KIB_PER_GIB = 1 << 20;

    static Machine now() throws IOException {
        String memory = line("/proc/meminfo", text -> text.startsWith("MemTotal:"));
        double memoryKib = Double.parseDouble(memory.replaceAll("[^0-9]", ""));
        String model = line("/proc/cpuinfo", text -> text.startsWith("model name"));
        return new Machine(
                checkedOut(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                model.substring(model.indexOf(':') + 1).strip(),
                Runtime.getRuntime().availableProcessors(),
                Math.round(memoryKib / KIB_PER_GIB * 10) / 10.0,
                line("/proc/sys/kernel/osrelease", text -> true),
                Runtime.version().toString(),
                Double.parseDouble(line("/proc/loadavg", text -> true).split(" ", -1)[0]));
    }

    private static String checkedOut() {
        Path checkout = Program.checkout();
        var head = Program.run(Map.of(), checkout, List.of("git", "rev-parse", "HEAD"));
        if (head.exitStatus() != 0) {
            return "unknown";
        }
        // What the harness itself writes is no change.
        List<String> status = List.of("git", "status", "--porcelain", "--", ".", ":!docs/evidence");
        boolean clean = Program.run(Map.of(), checkout, status).out().isBlank();
        return head.out().strip() + (clean ? "" : "+changes");
    }

    private static String line(String file, Predicate<String> wanted) throws IOException {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(wanted).findFirst().orElse("unknown:0");
        }
    }
}
