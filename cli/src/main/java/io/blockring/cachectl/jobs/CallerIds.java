package io.blockring.cachectl.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who runs this command, as the kernel has it. */
record CallerIds(int uid, int gid, int umask) {
    private static final Path STATUS = Path.of("/proc/self/status");

    static CallerIds ofThisProcess() throws IOException {
        List<String> lines = Files.readAllLines(STATUS);
        // Real, effective, saved and file system ids.
        return new CallerIds(
                Integer.parseUnsignedInt(field(lines, "Uid:", 1)),
                Integer.parseUnsignedInt(field(lines, "Gid:", 1)),
                Integer.parseInt(field(lines, "Umask:", 0), 8));
    }

    private static String field(List<String> lines, String name, int index) throws IOException {
        for (String line : lines) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip().split("\\s+", -1)[index];
            }
        }
        throw new IOException(STATUS + " has no " + name);
    }
}
