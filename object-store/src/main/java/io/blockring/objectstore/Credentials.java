package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.DENIED;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** The pair of keys that an S3 endpoint knows a user by. The secret is in no text that this class makes. */
public record Credentials(String accessKey, String secretKey) {
    private static final String ACCESS_KEY = "access-key";
    private static final String SECRET_KEY = "secret-key";
    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    public Credentials {
        if (accessKey.isBlank() || secretKey.isBlank()) {
            throw new IllegalArgumentException("neither key may be empty");
        }
    }

    /** Those of {@code BLOCKRING_ACCESS_KEY} and {@code BLOCKRING_SECRET_KEY}, else of {@code AWS_...}; if any. */
    public static Optional<Credentials> ofEnvironment(Map<String, String> environment) throws ObjectStoreException {
        Optional<Credentials> own = ofVariables(environment, "BLOCKRING_ACCESS_KEY", "BLOCKRING_SECRET_KEY");
        return own.isPresent() ? own : ofVariables(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    }

    /**
     * Those of a properties file with {@code access-key} and {@code secret-key}, which only its owner may read.
     *
     * @throws ObjectStoreException DENIED when others may read it, or when it is not such a file
     */
    public static Credentials ofFile(Path file) throws ObjectStoreException {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!OWNER.containsAll(permissions)) {
                throw new ObjectStoreException(
                        DENIED, "others may read or run the credentials file " + file + ": chmod 600 " + file);
            }
            var properties = new Properties();
            try (var reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            }
            return ofProperties(file, properties);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new ObjectStoreException(DENIED, "cannot read the credentials file " + file + ": " + e, e);
        }
    }

    @Override
    public String toString() {
        return "Credentials[accessKey=" + accessKey + ", secretKey=(hidden)]";
    }

    private static Optional<Credentials> ofVariables(Map<String, String> environment, String access, String secret)
            throws ObjectStoreException {
        String accessKey = environment.getOrDefault(access, "");
        String secretKey = environment.getOrDefault(secret, "");
        if (accessKey.isBlank() != secretKey.isBlank()) {
            throw new ObjectStoreException(DENIED, "only one of " + access + " and " + secret + " is set");
        }
        return accessKey.isBlank() ? Optional.empty() : Optional.of(new Credentials(accessKey, secretKey));
    }

    private static Credentials ofProperties(Path file, Properties properties) throws ObjectStoreException {
        for (String name : properties.stringPropertyNames()) {
            if (!name.equals(ACCESS_KEY) && !name.equals(SECRET_KEY)) {
                throw new ObjectStoreException(DENIED, "unknown key '" + name + "' in the credentials file " + file);
            }
        }
        String accessKey = properties.getProperty(ACCESS_KEY, "");
        String secretKey = properties.getProperty(SECRET_KEY, "");
        if (accessKey.isBlank() || secretKey.isBlank()) {
            throw new ObjectStoreException(
                    DENIED, "the credentials file " + file + " lacks " + ACCESS_KEY + " or " + SECRET_KEY);
        }
        return new Credentials(accessKey, secretKey);
    }
}
