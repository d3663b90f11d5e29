package io.blockring.meta.keyvalue;

import io.blockring.etcdclient.EtcdLogin;
import io.blockring.etcdclient.EtcdSecurity;
import io.blockring.meta.engine.ServiceUrl;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where the etcd of a volume is, in the form that JuiceFS knows.
 *
 * <pre>
 * etcd://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]/NAME?cacert=FILE&amp;cert=FILE&amp;key=FILE&amp;server-name=NAME
 * </pre>
 *
 * Any of those options asks for TLS; {@code insecure-skip-verify} then takes any certificate.
 *
 * @param members of the cluster, some or all, each a host and a port
 * @param name what the keys begin with, from its first slash on; volumes of one cluster differ in it
 */
record EtcdUrl(List<String> members, EtcdLogin login, String name, EtcdSecurity security) {
    static final String SCHEME = "etcd://";

    private static final int PORT = 2379;
    private static final String UNCHECKED = "insecure-skip-verify";
    private static final String SERVER_NAME = "server-name";
    private static final Set<String> OPTIONS = Set.of("cacert", "cert", "key", SERVER_NAME, UNCHECKED);

    EtcdUrl {
        members = List.copyOf(members);
    }

    /** Reads a URL; one that is wrong is an IllegalArgumentException that says why. */
    static EtcdUrl parse(String text, Map<String, String> environment) {
        ServiceUrl url = ServiceUrl.parse(text).withPassword(environment, "META_PASSWORD");
        var unknown = new TreeSet<>(url.options().keySet());
        unknown.removeAll(OPTIONS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "it has the option '%s', and may have %s".formatted(unknown.first(), new TreeSet<>(OPTIONS)));
        }
        if ((url.file("cert") == null) != (url.file("key") == null)) {
            throw new IllegalArgumentException("a client's certificate needs its key: cert=FILE and key=FILE");
        }
        String serverName = url.options().getOrDefault(SERVER_NAME, "");
        var security = new EtcdSecurity(
                url.file("cacert"),
                url.file("cert"),
                url.file("key"),
                serverName.isEmpty() ? null : serverName,
                url.options().containsKey(UNCHECKED));
        if (security.unchecked() && !security.encrypted()) {
            throw new IllegalArgumentException(
                    UNCHECKED + " is for TLS, which cacert, cert and key, or server-name ask for");
        }
        // A user without a password may still log in by one that is empty; a password alone is nobody's.
        var login = url.user().isEmpty() ? EtcdLogin.NOBODY : new EtcdLogin(url.user(), url.password());
        List<String> members =
                url.places(PORT).stream().map(ServiceUrl.Place::toString).toList();
        return new EtcdUrl(members, login, url.path(), security);
    }
}
