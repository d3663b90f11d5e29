package io.blockring.cachectl.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines of BlockRing's programs, on the JDK and the build that run this one. */
public final class Programs {
    /** Heap of a node, a mount or the S3 server; what they hold off the heap has limits of its own. */
    private static final String DAEMON_HEAP = "-Xmx256m";

    private Programs() {}

    /** The command that runs {@code cachectl} with {@code arguments} as a daemon. */
    public static List<String> cachectl(List<String> arguments) {
        List<String> command = daemonJvm();
        command.addAll(List.of(
                "-XX:AOTCache=" + System.getProperty("blockring.home", ".") + "/commands.aot",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-Dblockring.home=" + System.getProperty("blockring.home", ""),
                "-Dblockring.command=" + System.getProperty("blockring.command", "cachectl"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.blockring.cachectl.CacheCtl"));
        command.addAll(arguments);
        return command;
    }

    /** The command that runs the S3 server, which has a class path of its own. */
    public static List<String> s3Server(List<String> arguments) {
        Path jars = Path.of(System.getProperty("blockring.home", "."), "s3-server");
        if (!Files.isDirectory(jars)) {
            throw new IllegalStateException("this build has no S3 server in " + jars);
        }
        List<String> command = daemonJvm();
        command.addAll(List.of("-cp", jars + "/*", "io.blockring.s3server.S3Server"));
        command.addAll(arguments);
        return command;
    }

    private static List<String> daemonJvm() {
        List<String> command = new ArrayList<>();
        // A session of its own, so that Ctrl-C on the command that started it does not reach it.
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                DAEMON_HEAP,
                "-Dblockring.log=" + System.getProperty("blockring.log", "INFO"),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        return command;
    }
}
