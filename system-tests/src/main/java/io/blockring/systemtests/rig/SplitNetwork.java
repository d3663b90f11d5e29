package io.blockring.systemtests.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.TestAbortedException;

/**
 * A network of two halves whose link can be cut, while both reach one more machine. Each machine is a network namespace
 * of Linux; nothing of this machine's own network is touched.
 *
 * <pre>
 *   n1   n2            n3   n4      each: 10.99.1.x in its half, 10.99.2.x towards the store
 *    |    |             |    |
 *  [ left ] === link === [ right ]        bridges, all in one namespace
 *  [            store            ]  10.99.2.1
 * </pre>
 *
 * <p>With the link cut, what goes to the other half is lost silently: no machine sees a link of its own go down.
 */
public final class SplitNetwork implements AutoCloseable {
    private static final String GROUP_NET = "10.99.1.";
    private static final String STORE_NET = "10.99.2.";
    private static final int FIRST_HOST = 11;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String prefix = "blockring-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-";
    private final String core = prefix + "core";
    private final Deque<String> namespaces = new ArrayDeque<>();
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final Thread atEnd = new Thread(this::deleteAll, "delete network namespaces");

    private SplitNetwork() {}

    /** Skips the test aloud where namespaces cannot be made; fails it as root, who can. */
    public static void require() {
        if (!System.getProperty("user.name").equals("root")) {
            throw new TestAbortedException("network namespaces are made by root only");
        }
        for (String command : List.of("ip", "nsenter")) {
            if (!isInstalled(command)) {
                throw new AssertionError("there is no command '" + command + "': install iproute2 and util-linux");
            }
        }
    }

    private static boolean isInstalled(String command) {
        return List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder.isEmpty() ? "." : folder, command)));
    }

    /** Makes a network with those machines in its halves, whole. */
    public static SplitNetwork of(List<String> left, List<String> right) {
        SplitNetwork network = new SplitNetwork();
        Runtime.getRuntime().addShutdownHook(network.atEnd);
        try {
            network.build(left, right);
            return network;
        } catch (RuntimeException | AssertionError e) {
            network.close();
            throw e;
        }
    }

    private void build(List<String> left, List<String> right) {
        addNamespace(core);
        for (String bridge : List.of("left", "right", "store")) {
            in(core, "link", "add", bridge, "type", "bridge");
            in(core, "link", "set", bridge, "up");
        }
        in(core, "addr", "add", STORE_NET + "1/24", "dev", "store");
        in(core, "link", "add", "link-left", "type", "veth", "peer", "name", "link-right");
        in(core, "link", "set", "link-left", "master", "left", "up");
        in(core, "link", "set", "link-right", "master", "right", "up");
        left.forEach(name -> addMachine(name, "left"));
        right.forEach(name -> addMachine(name, "right"));
    }

    private void addNamespace(String name) {
        ip("netns", "add", name);
        namespaces.push(name);
        in(name, "link", "set", "lo", "up");
    }

    private void addMachine(String name, String half) {
        String namespace = prefix + name;
        int host = FIRST_HOST + machines.size();
        addNamespace(namespace);
        plug(namespace, "half0", "g" + host, half, GROUP_NET + host);
        plug(namespace, "store0", "s" + host, "store", STORE_NET + host);
        machines.put(name, machine(namespace, GROUP_NET + host));
    }

    /** Joins a machine to a bridge by a link of its own. */
    private void plug(String namespace, String device, String port, String bridge, String address) {
        in(core, "link", "add", port, "type", "veth", "peer", "name", device, "netns", namespace);
        in(core, "link", "set", port, "master", bridge, "up");
        in(namespace, "addr", "add", address + "/24", "dev", device);
        in(namespace, "link", "set", device, "up");
    }

    /** {@code ip netns exec} would give it mounts of its own as well. */
    private static Machine machine(String namespace, String address) {
        return new Machine(List.of("nsenter", "--net=/run/netns/" + namespace), address);
    }

    /** The machines of both halves by their names, the left ones first. */
    public Map<String, Machine> machines() {
        return new LinkedHashMap<>(machines);
    }

    /** The one that both halves reach. */
    public Machine store() {
        return machine(core, STORE_NET + "1");
    }

    /** From now on neither half hears of the other. */
    public void cut() {
        in(core, "link", "set", "link-left", "down");
    }

    public void heal() {
        in(core, "link", "set", "link-left", "up");
    }

    private static void in(String namespace, String... arguments) {
        Deque<String> all = new ArrayDeque<>(List.of(arguments));
        all.push(namespace);
        all.push("-n");
        ip(all.toArray(String[]::new));
    }

    private static void ip(String... arguments) {
        Deque<String> command = new ArrayDeque<>(List.of(arguments));
        command.push("ip");
        Program.run(Map.of(), null, List.copyOf(command)).orFail();
    }

    /** A link goes with the namespace of either end. */
    private synchronized void deleteAll() {
        while (!namespaces.isEmpty()) {
            try {
                Process delete = new ProcessBuilder("ip", "netns", "del", namespaces.pop())
                        .inheritIO()
                        .start();
                delete.waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Programs that run in it keep running, without a network. */
    @Override
    public void close() {
        deleteAll();
        Runtime.getRuntime().removeShutdownHook(atEnd);
    }
}
