package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;

import io.blockring.objectstore.StoreAddress.Checksums;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the objects of a volume are, in the words of the JuiceFS volume format.
 *
 * <pre>
 * file    /data/objects/
 * s3      http://127.0.0.1:9000/bucket
 * s3      https://bucket.s3.eu-west-1.amazonaws.com
 * minio   http://127.0.0.1:9000/bucket
 * </pre>
 */
public record VolumeBucket(String storage, String bucket) {
    private static final String FILE = "file";
    private static final String FILE_SCHEME = "file://";
    private static final String S3 = "s3";
    private static final String MINIO = "minio";
    private static final String AWS_ZONE = ".amazonaws.com";
    private static final Pattern AWS_HOST = Pattern.compile("(?:(.+)\\.)?s3[.-](?:([a-z0-9-]+)\\.)?amazonaws\\.com");

    /** The words for an address. */
    public static VolumeBucket of(StoreAddress address) {
        return switch (address) {
            case StoreAddress.Directory(Path path) -> new VolumeBucket(FILE, path + "/");
            case StoreAddress.S3 s3 -> new VolumeBucket(S3, urlOf(s3.bucket(), s3.endpoint(), s3.region()));
        };
    }

    /**
     * The bucket that somebody typed: a directory may be named from where they are, or as {@code file://}, and is kept by
     * its whole path; a URL stays as it is.
     *
     * @param storage null where it is not known: then a directory begins with a slash or a dot
     */
    public static String typed(@Nullable String storage, String bucket) {
        String path = bucket.startsWith(FILE_SCHEME) ? bucket.substring(FILE_SCHEME.length()) : bucket;
        boolean isDirectory = storage == null ? path.startsWith("/") || path.startsWith(".") : storage.equals(FILE);
        return isDirectory
                ? of(new StoreAddress.Directory(Path.of(path).toAbsolutePath().normalize()))
                        .bucket()
                : bucket;
    }

    /**
     * The address that the words stand for.
     *
     * @throws ObjectStoreException INVALID when it is a storage that we do not speak
     */
    public StoreAddress address() throws ObjectStoreException {
        try {
            return switch (storage) {
                case FILE -> new StoreAddress.Directory(Path.of(bucket).normalize());
                case S3, MINIO -> s3(URI.create(bucket.contains("://") ? bucket : "https://" + bucket));
                default -> throw new ObjectStoreException(INVALID, "storage '" + storage + "' is not supported");
            };
        } catch (IllegalArgumentException e) {
            throw new ObjectStoreException(INVALID, "no bucket of a volume: '" + bucket + "'", e);
        }
    }

    /** The format has no place for the region of another endpoint than those of AWS. */
    private static String urlOf(String bucket, @Nullable URI endpoint, String region) {
        return endpoint == null
                ? "https://" + bucket + ".s3." + region + AWS_ZONE
                : endpoint.getScheme() + "://" + endpoint.getAuthority() + "/" + bucket;
    }

    private StoreAddress.S3 s3(URI url) throws ObjectStoreException {
        String host = url.getHost();
        if (host == null || url.getUserInfo() != null) {
            throw new ObjectStoreException(INVALID, "no bucket of a volume: '" + bucket + "'");
        }
        String path = url.getPath().replaceAll("^/|/$", "");
        if (path.contains("/")) {
            throw new ObjectStoreException(INVALID, "no prefix can follow the bucket: '" + bucket + "'");
        }
        Matcher aws = AWS_HOST.matcher(host);
        if (aws.matches()) {
            return aws(path.isEmpty() ? aws.group(1) : path, aws.group(2));
        }
        if (!path.isEmpty()) {
            return custom(path, url.getScheme(), url.getAuthority());
        }
        int dot = url.getAuthority().indexOf('.');
        return custom(
                host.substring(0, dot < 0 ? 0 : dot),
                url.getScheme(),
                url.getAuthority().substring(dot + 1));
    }

    private static StoreAddress.S3 aws(@Nullable String bucket, @Nullable String region) {
        return new StoreAddress.S3(
                bucket == null ? "" : bucket,
                null,
                region == null ? StoreAddress.DEFAULT_REGION : region,
                Checksums.WHEN_SUPPORTED);
    }

    private static StoreAddress.S3 custom(String bucket, String scheme, String authority) {
        return new StoreAddress.S3(
                bucket, URI.create(scheme + "://" + authority), StoreAddress.DEFAULT_REGION, Checksums.WHEN_REQUIRED);
    }
}
