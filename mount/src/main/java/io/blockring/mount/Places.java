package io.blockring.mount;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where BlockRing keeps what is not a volume's: state that survives a restart, and sockets that do not.
 *
 * @param state {@code /var/lib/blockring} as root, else {@code $XDG_STATE_HOME/blockring}
 * @param run {@code /run/blockring} as root, else {@code $XDG_RUNTIME_DIR/blockring}
 */
public record Places(Path state, Path run) {
    /** The places of the user that runs this process. */
    public static Places ofThisUser() {
        return of(System.getenv(), System.getProperty("user.name", "nobody"), System.getProperty("user.home", "/"));
    }

    static Places of(Map<String, String> environment, String user, String home) {
        boolean root = user.equals("root");
        Path state = environment.containsKey("XDG_STATE_HOME")
                ? Path.of(environment.get("XDG_STATE_HOME"))
                : Path.of(home, ".local", "state");
        Path run = environment.containsKey("XDG_RUNTIME_DIR")
                ? Path.of(environment.get("XDG_RUNTIME_DIR"))
                : Path.of("/tmp", "blockring-" + user);
        return new Places(
                root ? Path.of("/var/lib/blockring") : state.resolve("blockring"),
                root ? Path.of("/run/blockring") : run.resolve("blockring"));
    }

    /** Logs of programs that run in the background. */
    public Path logs() {
        return state.resolve("log");
    }

    /** One file a running mount, and its socket. */
    public Path mounts() {
        return run.resolve("mounts");
    }
}
