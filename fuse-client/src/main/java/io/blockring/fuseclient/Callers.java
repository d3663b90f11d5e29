package io.blockring.fuseclient;

import io.blockring.meta.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the requests themselves do not tell of the threads behind them, read from {@code /proc}. */
final class Callers {
    private static final Path PROC = Path.of("/proc");
    private static final long SIGKILL_BIT = 1L << (9 - 1);
    private static final int HEXADECIMAL = 16;

    private Callers() {}

    /** The caller without its further groups: enough wherever only ownership counts. */
    static Caller of(Request request) {
        return new Caller(request.uid(), request.gid(), List.of(), request.pid());
    }

    /** The caller with all its groups; none are known of a caller in another PID namespace. */
    static Caller withGroups(Request request) {
        List<Integer> groups = request.uid() == 0
                ? List.of()
                : statusOf(request.pid(), "Groups:")
                        .flatMap(line -> Stream.of(line.split("\\s+")))
                        .filter(word -> !word.isEmpty())
                        .map(Integer::parseUnsignedInt)
                        .toList();
        return new Caller(request.uid(), request.gid(), groups, request.pid());
    }

    /**
     * Whether thread {@code pid} is being killed. Whatever fatal signal it was, the kernel marks each thread of the
     * process with a pending SIGKILL.
     */
    static boolean isDying(int pid) {
        return Stream.of("SigPnd:", "ShdPnd:")
                .flatMap(field -> statusOf(pid, field))
                .anyMatch(pending -> (Long.parseUnsignedLong(pending, HEXADECIMAL) & SIGKILL_BIT) != 0);
    }

    private static Stream<String> statusOf(int pid, String field) {
        String status;
        try {
            status = Files.readString(
                    PROC.resolve(Integer.toUnsignedString(pid)).resolve("status"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Stream.empty(); // not in our PID namespace, or gone
        }
        return status.lines()
                .filter(line -> line.startsWith(field))
                .map(line -> line.substring(field.length()).strip());
    }
}
