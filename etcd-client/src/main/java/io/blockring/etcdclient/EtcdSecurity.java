package io.blockring.etcdclient;

import io.blockring.etcdclient.EtcdException.Reason;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster and its client know each other: by TLS if any of the files or a name is given, else not at all. All files
 * are PEM, a key in PKCS #8.
 *
 * @param authorities who signed the servers' certificates; null for those that the machine trusts
 * @param certificate the client's, with {@code key}; null where the servers ask for none
 * @param serverName whom the servers' certificates name; null for the host that is asked
 * @param unchecked whether any certificate of a server will do
 */
public record EtcdSecurity(
        @Nullable Path authorities,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable String serverName,
        boolean unchecked) {
    /** No encryption. */
    public static final EtcdSecurity NONE = new EtcdSecurity(null, null, null, null, false);

    public boolean encrypted() {
        return authorities != null || certificate != null || key != null || serverName != null;
    }

    ChannelCredentials credentials() throws EtcdException {
        if (!encrypted()) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
        try {
            if (unchecked) {
                tls.trustManager(AdvancedTlsX509TrustManager.newBuilder()
                        .setVerification(Verification.INSECURELY_SKIP_ALL_VERIFICATION)
                        .build());
            } else if (authorities != null) {
                tls.trustManager(authorities.toFile());
            }
            if (certificate != null && key != null) {
                tls.keyManager(certificate.toFile(), key.toFile());
            }
            return tls.build();
        } catch (IOException | CertificateException | IllegalArgumentException e) {
            throw new EtcdException(Reason.REFUSED, "the TLS files cannot be used: " + e.getMessage(), e);
        }
    }
}
