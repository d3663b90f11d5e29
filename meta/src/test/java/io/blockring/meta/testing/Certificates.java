package io.blockring.meta.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Certificates that openssl makes. */
public final class Certificates {
    private static final String PROGRAM = "openssl";

    private Certificates() {}

    /** A certificate that is its own authority, and its key, in files {@code .crt} and {@code .key} of the path returned. */
    public static Path selfSigned(Path folder, String name) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Programs.isInstalled(PROGRAM), "openssl is not installed: apt-get install openssl");
        Path base = folder.resolve(name);
        Path log = folder.resolve("openssl.log");
        Process process = new ProcessBuilder(
                        PROGRAM,
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + name,
                        "-addext",
                        "subjectAltName=DNS:" + name,
                        "-keyout",
                        base + ".key",
                        "-out",
                        base + ".crt")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(Programs.PATIENCE) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("openssl made no certificate: " + Files.readString(log));
        }
        return base;
    }
}
