package io.blockring.cachectl.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a quickstart left running, as it is written in its folder, so that {@code --stop} finds it.
 *
 * @param processes in the order they were started
 */
record RunningQuickstart(List<Started> processes) {
    /** A process, and when it was started: a number that came back to another process is not ours to end. */
    record Started(String name, long pid, long startedAtMillis) {
        static Started of(String name, ProcessHandle process) {
            return new Started(name, process.pid(), startMillis(process));
        }

        Optional<ProcessHandle> find() {
            return ProcessHandle.of(pid).filter(process -> startMillis(process) == startedAtMillis);
        }

        private static long startMillis(ProcessHandle process) {
            return process.info()
                    .startInstant()
                    .map(java.time.Instant::toEpochMilli)
                    .orElse(0L);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "quickstart.json";

    static final RunningQuickstart NOTHING = new RunningQuickstart(List.of());

    static RunningQuickstart in(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return NOTHING;
        }
        try {
            return JSON.readValue(Files.readString(file), RunningQuickstart.class);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is not what a quickstart wrote", e);
        }
    }

    RunningQuickstart with(String name, ProcessHandle process) {
        List<Started> more = new ArrayList<>(processes);
        more.add(Started.of(name, process));
        return new RunningQuickstart(more);
    }

    void write(Path folder) throws IOException {
        Files.writeString(folder.resolve(FILE), JSON.writeValueAsString(this));
    }

    boolean isRunning() {
        return processes.stream().anyMatch(started -> started.find().isPresent());
    }

    /** The last one first: a mount before its nodes, nodes before their store. */
    List<Started> lastFirst() {
        List<Started> reversed = new ArrayList<>(processes);
        Collections.reverse(reversed);
        return reversed;
    }

    /** Deletes a quickstart's folder and all in it; nothing below a mount point, for none is left. */
    static void purge(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
