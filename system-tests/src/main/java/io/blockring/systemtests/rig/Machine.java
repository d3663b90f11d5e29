package io.blockring.systemtests.rig;

import java.util.ArrayList;
import java.util.List;

/**
 * Where programs of a test run: this machine, or a network namespace that stands for another one. Files and processes
 * are the same in all of them.
 *
 * @param enter what stands before a command that runs there; the program keeps the id of the process that is started
 * @param address where its servers listen
 */
public record Machine(List<String> enter, String address) {
    /** This one, on loopback. */
    public static final Machine LOCAL = new Machine(List.of(), "127.0.0.1");

    public Machine {
        enter = List.copyOf(enter);
    }

    /** The command line that runs {@code command} there. */
    public List<String> run(List<String> command) {
        List<String> all = new ArrayList<>(enter);
        all.addAll(command);
        return all;
    }

    boolean isLocal() {
        return enter.isEmpty();
    }
}
