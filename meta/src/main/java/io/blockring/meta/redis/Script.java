package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** A script for the server, and what the server calls it once it knows it. */
final class Script {
    private final byte[] text;
    private final byte[] name;

    private Script(byte[] text) {
        this.text = text;
        this.name = RedisKeys.bytes(sha1(text));
    }

    /** The script in a file beside this class. */
    static Script load(String file) {
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing");
            }
            return new Script(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("InsecureCryptoAlgorithm")
    private static String sha1(byte[] text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] text() {
        return text;
    }

    byte[] name() {
        return name;
    }

    /** Runs a script that only reads, and so may run twice; fails as {@link RedisLink#ask} does. */
    @Nullable
    Object ask(RedisLink link, List<byte[]> keys, List<byte[]> arguments) throws FileError {
        try {
            return link.ask(call("EVALSHA", name, keys, arguments));
        } catch (FileError e) {
            if (!(e.getCause() instanceof JedisNoScriptException)) {
                throw e;
            }
            return link.ask(call("EVAL", text, keys, arguments)); // a server that was started since, or another one
        }
    }

    private static Command call(String command, byte[] script, List<byte[]> keys, List<byte[]> arguments) {
        Command call = Command.of(command, script).number(keys.size());
        keys.forEach(call::bytes);
        arguments.forEach(call::bytes);
        return call;
    }
}
