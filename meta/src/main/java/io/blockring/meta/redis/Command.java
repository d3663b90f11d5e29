package io.blockring.meta.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A command for the server: its name and its arguments, all of them bytes. */
final class Command {
    private final List<byte[]> parts = new ArrayList<>();

    private Command() {}

    /** A list of arguments for a command that is known elsewhere. */
    static Command nameless() {
        return new Command();
    }

    static Command of(String name, byte[]... arguments) {
        Command command = new Command().text(name);
        command.parts.addAll(List.of(arguments));
        return command;
    }

    Command bytes(byte[] argument) {
        parts.add(argument);
        return this;
    }

    Command text(String argument) {
        parts.add(argument.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    Command number(long argument) {
        return text(Long.toString(argument));
    }

    /** The name and the arguments; not to be changed. */
    List<byte[]> parts() {
        return parts;
    }

    String name() {
        return new String(parts.getFirst(), StandardCharsets.US_ASCII);
    }
}
