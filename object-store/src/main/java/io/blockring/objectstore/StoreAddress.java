package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where objects are: a bucket behind an S3 endpoint, or a directory. */
public sealed interface StoreAddress {
    /** The region of endpoints that have none. */
    String DEFAULT_REGION = "us-east-1";

    /** A bucket; without an endpoint it is one of AWS, in that region. */
    record S3(String bucket, @Nullable URI endpoint, String region, Checksums checksums) implements StoreAddress {
        private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]");

        public S3 {
            if (!BUCKET.matcher(bucket).matches()) {
                throw new IllegalArgumentException("no name of a bucket: '" + bucket + "'");
            }
        }
    }

    /** A directory that exists. */
    record Directory(Path path) implements StoreAddress {}

    /** Whether a PUT has the store check the CRC32C of its bytes. */
    enum Checksums {
        /** No: old servers refuse what they do not know. */
        WHEN_REQUIRED,
        /** Yes, as AWS does. */
        WHEN_SUPPORTED
    }

    /**
     * Reads {@code s3://bucket} or {@code file:///directory}.
     *
     * @param endpoint the URL of an S3 server; null is AWS
     * @param region needed for AWS alone
     * @throws ObjectStoreException INVALID with what is wrong and what to write instead
     */
    static StoreAddress parse(String storage, @Nullable String endpoint, @Nullable String region)
            throws ObjectStoreException {
        if (storage.startsWith("s3://")) {
            return parseS3(storage, endpoint, region);
        }
        if (storage.startsWith("file:")) {
            if (endpoint != null || region != null) {
                throw invalid("a directory has neither an endpoint nor a region: " + storage);
            }
            return parseDirectory(storage);
        }
        throw invalid("storage is s3://bucket or file:///directory, not '" + storage + "'");
    }

    private static S3 parseS3(String storage, @Nullable String endpoint, @Nullable String region)
            throws ObjectStoreException {
        String rest = storage.substring("s3://".length());
        String bucket = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        if (bucket.contains("/")) {
            throw invalid("no prefix can follow the bucket in '" + storage
                    + "': JuiceFS drops it and would look for the objects elsewhere; use s3://"
                    + bucket.substring(0, bucket.indexOf('/')));
        }
        if (endpoint == null && region == null) {
            throw invalid("'" + storage + "' needs an endpoint (any S3 server) or a region (AWS)");
        }
        try {
            URI url = endpoint == null ? null : parseEndpoint(endpoint);
            return new S3(bucket, url, region == null ? DEFAULT_REGION : region, checksumsOf(url));
        } catch (IllegalArgumentException e) {
            throw new ObjectStoreException(INVALID, e.getMessage() + " in '" + storage + "'", e);
        }
    }

    private static URI parseEndpoint(String endpoint) throws ObjectStoreException {
        try {
            var url = new URI(endpoint);
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            String path = url.getPath();
            boolean bare = (path == null || path.isEmpty() || path.equals("/")) && url.getQuery() == null;
            if (http && url.getHost() != null && bare && url.getUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new ObjectStoreException(INVALID, "an endpoint is http(s)://host[:port], not '" + endpoint + "'", e);
        }
        throw invalid("an endpoint is http(s)://host[:port], without keys and path: not that");
    }

    private static Checksums checksumsOf(@Nullable URI endpoint) {
        boolean aws = endpoint == null
                || endpoint.getHost().endsWith(".amazonaws.com")
                || endpoint.getHost().endsWith(".amazonaws.com.cn");
        return aws ? Checksums.WHEN_SUPPORTED : Checksums.WHEN_REQUIRED;
    }

    private static Directory parseDirectory(String storage) throws ObjectStoreException {
        try {
            Path path = Path.of(new URI(storage));
            return new Directory(path);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new ObjectStoreException(INVALID, "a directory is file:///directory, not '" + storage + "'", e);
        }
    }

    private static ObjectStoreException invalid(String message) {
        return new ObjectStoreException(INVALID, message);
    }
}
