package io.blockring.bench;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Says where the time of running Java processes goes: the frames that the flight recorder meets, and the calls of the
 * kernel that strace counts. The two watch different runs of the same load, as strace makes a process slow.
 */
final class Profile {
    private static final int SHOWN_FRAMES = 15;
    private static final int SHOWN_CALLERS = 5;
    private static final int RECORDED_RUNS = 3;
    /** Where threads of ours and of the libraries wait until something happens. */
    private static final List<String> IDLE = List.of(
            "sun.nio.ch.EPoll.wait:", "io.blockring.fuseclient.Linux.epollWait:", "java.io.FileInputStream.readBytes:");

    private final Closing closing;
    private final Path folder;
    private final StringBuilder text = new StringBuilder();

    /** Something to watch. */
    interface Load {
        Run run() throws IOException;
    }

    Profile(Closing closing) throws IOException {
        this.closing = closing;
        this.folder = closing.folder();
    }

    String text() {
        return text.toString();
    }

    /** Watches the processes, all of them Java, while {@code load} runs. */
    void of(String title, Map<String, Long> pids, Load load) throws IOException {
        text.append("== ").append(title).append(" ==\n");
        var processes = new TreeMap<>(pids);
        record(processes, load);
        countCalls(processes, load);
    }

    private void record(Map<String, Long> processes, Load load) throws IOException {
        for (long pid : processes.values()) {
            jcmd(pid, "JFR.start", "name=bench", "settings=profile");
        }
        for (int i = 0; i < RECORDED_RUNS; i++) {
            Run run = load.run();
            text.append("run under the flight recorder: %.3f GB/s".formatted(run.gbPerSecond()));
            run.cpuSeconds()
                    .keySet()
                    .forEach(name -> text.append(", %s %.3f CPU s/GB".formatted(name, run.cpuSecondsPerGb(name))));
            text.append('\n');
        }
        for (Map.Entry<String, Long> process : processes.entrySet()) {
            Path recording = folder.resolve(process.getKey() + ".jfr");
            jcmd(process.getValue(), "JFR.stop", "name=bench", "filename=" + recording);
            addFrames(process.getKey(), recording);
            Files.delete(recording);
        }
    }

    private static void jcmd(long pid, String... words) {
        Path jcmd = Path.of(Program.javaCommand()).resolveSibling("jcmd");
        List<String> command = new ArrayList<>(List.of(jcmd.toString(), Long.toString(pid)));
        command.addAll(List.of(words));
        Program.run(Map.of(), null, command).orFail();
    }

    private void addFrames(String process, Path recording) throws IOException {
        Map<String, Integer> tops = new HashMap<>();
        Map<String, Map<String, Integer>> callers = new HashMap<>();
        int samples = 0;
        try (var events = new RecordingFile(recording)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                String type = event.getEventType().getName();
                RecordedStackTrace stack = event.getStackTrace();
                boolean isSample = type.equals("jdk.ExecutionSample") || type.equals("jdk.NativeMethodSample");
                if (isSample && stack != null && !stack.getFrames().isEmpty() && !isIdle(stack)) {
                    samples++;
                    String top = frame(stack.getFrames().getFirst());
                    tops.merge(top, 1, Integer::sum);
                    callers.computeIfAbsent(top, name -> new HashMap<>()).merge(ours(stack), 1, Integer::sum);
                }
            }
        }
        text.append("-- %s: %d samples, without those that wait for work (in native code: not always on a CPU)\n"
                .formatted(process, samples));
        int all = Math.max(1, samples);
        most(tops, SHOWN_FRAMES).forEach((top, count) -> {
            text.append("%5.1f %% %s\n".formatted(100.0 * count / all, top));
            most(callers.getOrDefault(top, Map.of()), SHOWN_CALLERS)
                    .forEach((caller, times) ->
                            text.append("        %5.1f %% from %s\n".formatted(100.0 * times / all, caller)));
        });
    }

    private static boolean isIdle(RecordedStackTrace stack) {
        return stack.getFrames().stream()
                .map(Profile::frame)
                .anyMatch(frame -> IDLE.stream().anyMatch(frame::startsWith));
    }

    private static Map<String, Integer> most(Map<String, Integer> counts, int shown) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(shown)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    }

    /** The first frame that is of this project. */
    private static String ours(RecordedStackTrace stack) {
        return stack.getFrames().stream()
                .map(Profile::frame)
                .filter(frame -> frame.startsWith("io.blockring"))
                .findFirst()
                .orElse("outside");
    }

    private static String frame(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName() + ":" + frame.getLineNumber();
    }

    private void countCalls(Map<String, Long> processes, Load load) throws IOException {
        Map<String, RunningProgram> tracers = new TreeMap<>();
        for (Map.Entry<String, Long> process : processes.entrySet()) {
            Path log = Files.createFile(folder.resolve(process.getKey() + ".strace"));
            List<String> command = List.of("strace", "-c", "-f", "-w", "-p", Long.toString(process.getValue()));
            RunningProgram tracer = closing.add(RunningProgram.start("strace", command, Map.of(), log));
            tracer.await("attached", () -> tracer.output().contains("attached") ? Optional.of(true) : Optional.empty());
            tracers.put(process.getKey(), tracer);
        }
        Run run = load.run();
        text.append("run under strace: %d bytes, %.3f GB/s\n".formatted(run.bytes(), run.gbPerSecond()));
        for (Map.Entry<String, RunningProgram> tracer : tracers.entrySet()) {
            tracer.getValue().signal("INT");
            tracer.getValue().close();
            text.append("-- ").append(tracer.getKey()).append(": calls of the kernel (time: from entry to exit)\n");
            tracer.getValue()
                    .output()
                    .lines()
                    .filter(line -> !line.contains("attached") && !line.contains("detached"))
                    .forEach(line -> text.append(line).append('\n'));
            Files.delete(folder.resolve(tracer.getKey() + ".strace"));
        }
    }
}
