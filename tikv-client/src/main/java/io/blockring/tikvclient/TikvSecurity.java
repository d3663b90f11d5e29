package io.blockring.tikvclient;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster and its client know each other: by TLS if a file is named, else not at all. All files are PEM, a key in
 * PKCS #8.
 *
 * @param authorities who signed the servers' certificates; null for those that the machine trusts
 * @param certificate the client's, with {@code key}; null where the servers ask for none
 */
public record TikvSecurity(
        @Nullable Path authorities,
        @Nullable Path certificate,
        @Nullable Path key) {
    /** No encryption. */
    public static final TikvSecurity NONE = new TikvSecurity(null, null, null);

    ChannelCredentials credentials() throws TikvException {
        if (authorities == null && certificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
        try {
            if (authorities != null) {
                tls.trustManager(authorities.toFile());
            }
            if (certificate != null && key != null) {
                tls.keyManager(certificate.toFile(), key.toFile());
            }
            return tls.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new TikvException("the TLS files cannot be used: " + e.getMessage(), e);
        }
    }
}
