package io.blockring.tikvclient.testing;

import java.io.IOException;
import java.nio.file.Path;

/** A real placement driver at {@code localhost}, without a store, that lets in who shows a certificate it trusts. */
public final class TlsDriver implements AutoCloseable {
    private final Process process;
    private final int port;

    private TlsDriver(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one in an empty folder.
     *
     * @param certificate of {@code localhost}, its own authority, PEM
     */
    public static TlsDriver start(Path folder, Path certificate, Path key) throws IOException {
        int port = TikvServers.freePort();
        return new TlsDriver(
                TikvServers.start(
                        folder,
                        "pd",
                        "PD_SERVER",
                        "--name=pd",
                        "--data-dir=" + folder.resolve("pd"),
                        "--client-urls=https://127.0.0.1:" + port,
                        "--advertise-client-urls=https://localhost:" + port,
                        "--peer-urls=http://127.0.0.1:" + TikvServers.freePort(),
                        "--cacert=" + certificate,
                        "--cert=" + certificate,
                        "--key=" + key,
                        "-L",
                        "warn"),
                port);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        TikvServers.end(process.destroyForcibly());
    }
}
