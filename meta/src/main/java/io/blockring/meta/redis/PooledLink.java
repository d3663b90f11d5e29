package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.Decoding;
import io.blockring.meta.engine.ServiceUrl.Place;
import io.blockring.meta.engine.Tries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/** Connections that each serve one caller at a time and are used again. */
final class PooledLink implements RedisLink {
    /** As many callers are at the server at once. */
    private static final int CONNECTIONS = 64;

    /** Commands on their way to the server at once, of one caller. */
    private static final int COMMANDS_AT_ONCE = 1000;

    private static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final Duration GREETING_DEADLINE = Duration.ofSeconds(5);

    /** What a server says that will do it later, or has a successor. */
    private static final Set<String> LATER = Set.of(
            "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "MOVED", "ASK", "NOREPLICAS");

    private static final Script COMMIT = Script.load("commit.lua");

    private final RedisServers servers;
    private final Semaphore free = new Semaphore(CONNECTIONS);
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    PooledLink(RedisServers servers) {
        this.servers = servers;
    }

    /** Makes sure that the server is there and lets us in; somebody waits for it, so it has less time than later. */
    void greet() throws FileError {
        askSome(List.of(Command.of("PING")), GREETING_DEADLINE);
    }

    @Override
    public List<@Nullable Object> ask(List<Command> commands) throws FileError {
        if (commands.size() <= COMMANDS_AT_ONCE) {
            return askSome(commands, DEADLINE);
        }
        var answers = new ArrayList<@Nullable Object>(commands.size());
        for (int from = 0; from < commands.size(); from += COMMANDS_AT_ONCE) {
            answers.addAll(
                    askSome(commands.subList(from, Math.min(commands.size(), from + COMMANDS_AT_ONCE)), DEADLINE));
        }
        return answers;
    }

    private List<@Nullable Object> askSome(List<Command> commands, Duration deadline) throws FileError {
        var tries = new Tries(System.nanoTime() + deadline.toNanos(), Integer.MAX_VALUE);
        JedisException last;
        do {
            try {
                List<@Nullable Object> answers = exchange(commands);
                last = refusal(commands, answers);
                if (last == null) {
                    return answers;
                }
            } catch (JedisConnectionException e) {
                last = e;
            }
            leave(last);
        } while (tries.again());
        throw new FileError(FileError.Kind.IO, "Redis did not answer in time: " + last.getMessage(), last);
    }

    /** A refusal that may be another answer later; null when there is none. */
    private static @Nullable JedisException refusal(List<Command> commands, List<@Nullable Object> answers)
            throws FileError {
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof JedisDataException refused) {
                if (!isForLater(refused)) {
                    throw refused(commands.get(i), refused);
                }
                return refused;
            }
        }
        return null;
    }

    private static FileError refused(Command command, JedisException why) {
        List<byte[]> parts = command.parts();
        String key = parts.size() < 2 ? "" : " of key " + Decoding.text(parts.get(1));
        return new FileError(
                FileError.Kind.IO, "Redis refuses %s%s: %s".formatted(command.name(), key, why.getMessage()), why);
    }

    private static boolean isForLater(JedisException refused) {
        String message = String.valueOf(refused.getMessage());
        int space = message.indexOf(' ');
        return LATER.contains(space < 0 ? message : message.substring(0, space));
    }

    /** Gives up the server that did not do its part, and goes where it said that the volume is, if it did. */
    private void leave(JedisException why) {
        servers.failed();
        if (why instanceof JedisRedirectionException redirection && redirection.getTargetNode() != null) {
            servers.moved(new Place(
                    redirection.getTargetNode().getHost(),
                    redirection.getTargetNode().getPort()));
        }
        dropIdle();
    }

    private List<@Nullable Object> exchange(List<Command> commands) throws FileError {
        Connection connection = take();
        boolean whole = false;
        try {
            for (Command command : commands) {
                connection.sendCommand(arguments(command));
            }
            var answers = new ArrayList<@Nullable Object>(connection.getMany(commands.size()));
            whole = true;
            return answers;
        } finally {
            give(connection, whole);
        }
    }

    private static CommandArguments arguments(Command command) {
        List<byte[]> parts = command.parts();
        var arguments = new CommandArguments((ProtocolCommand) parts::getFirst);
        for (int i = 1; i < parts.size(); i++) {
            arguments.add(parts.get(i));
        }
        return arguments;
    }

    private Connection take() throws FileError {
        try {
            if (!free.tryAcquire(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new FileError(FileError.Kind.IO, "no connection to Redis came free in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted while waiting for a connection");
        }
        boolean taken = false;
        try {
            if (closed) {
                throw new FileError(FileError.Kind.IO, "the metadata are closed");
            }
            Connection kept = idle.pollFirst();
            Connection connection = kept != null ? kept : servers.connect();
            taken = true;
            return connection;
        } catch (JedisDataException e) {
            throw new FileError(FileError.Kind.IO, "Redis takes no connection: " + e.getMessage(), e);
        } finally {
            if (!taken) {
                free.release();
            }
        }
    }

    private void give(Connection connection, boolean whole) {
        if (whole && !closed && !connection.isBroken()) {
            idle.addFirst(connection);
        } else {
            connection.close();
        }
        free.release();
    }

    private void dropIdle() {
        for (Connection connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            connection.close();
        }
    }

    @Override
    public Committed commit(Command arguments) throws FileError {
        Committed committed = run("EVALSHA", COMMIT.name(), arguments);
        return committed != null ? committed : orElse(run("EVAL", COMMIT.text(), arguments));
    }

    private static Committed orElse(@Nullable Committed committed) {
        return committed != null ? committed : new Committed.Refused();
    }

    /** Null when the server does not know the script. */
    private @Nullable Committed run(String command, byte[] text, Command arguments) throws FileError {
        Command call = Command.of(command, text);
        arguments.parts().forEach(call::bytes);
        Connection connection;
        try {
            connection = take();
        } catch (JedisConnectionException e) {
            leave(e);
            return new Committed.Refused();
        }
        boolean whole = false;
        Object answer;
        try {
            connection.sendCommand(arguments(call));
            answer = connection.getMany(1).getFirst();
            whole = true;
        } catch (JedisConnectionException e) {
            leave(e);
            return new Committed.Lost();
        } finally {
            give(connection, whole);
        }
        return outcome(call, answer);
    }

    private @Nullable Committed outcome(Command call, @Nullable Object answer) throws FileError {
        return switch (answer) {
            case null -> new Committed.Refused();
            case JedisNoScriptException _ -> null;
            case JedisException e -> {
                if (!isForLater(e)) {
                    throw refused(call, e);
                }
                leave(e);
                yield new Committed.Refused();
            }
            default ->
                new Committed.Done(
                        Answers.objects(answer).stream().map(Answers::number).toList());
        };
    }

    @Override
    public void close() {
        closed = true;
        dropIdle();
    }
}
