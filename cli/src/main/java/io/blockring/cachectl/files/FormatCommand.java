package io.blockring.cachectl.files;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.tree.SettingChange;
import io.blockring.meta.tree.SettingChanges;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.VolumeBucket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl format}: {@code volume create} in the words of JuiceFS, whose units its numbers have. */
@Command(
        name = "format",
        description = "Create a volume, with the options of juicefs format (see also: cachectl volume create).",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl format redis://127.0.0.1:6379/1 lab --storage minio --bucket http://127.0.0.1:9000/lab"
                    + " --access-key KEY --secret-key SECRET",
            "  cachectl format rocksdb:///var/lib/blockring/lab lab --bucket /data/objects --trash-days 7"
        })
public final class FormatCommand implements Callable<Integer> {
    private static final long KIB = 1L << 10;
    private static final long GIB = 1L << 30;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "META_URL", description = "Metadata engine: " + Volume.URL_FORMS + ".")
    private URI meta = URI.create("");

    @Parameters(index = "1", paramLabel = "NAME", description = "Name of the volume: a-z, 0-9 and -.")
    private String name = "";

    @Option(names = "--storage", paramLabel = "KIND", defaultValue = "file", description = "file, s3 or minio.")
    private String storage = "file";

    @Option(
            names = "--bucket",
            paramLabel = "URL",
            defaultValue = "/var/jfs",
            description = "URL of the bucket, or the directory (default: /var/jfs).")
    private String bucket = "/var/jfs";

    @Option(names = "--access-key", paramLabel = "KEY", description = "Key to the bucket (or ACCESS_KEY).")
    private String accessKey = "";

    @Option(
            names = "--secret-key",
            paramLabel = "KEY",
            description = "Its secret (or SECRET_KEY); the volume keeps both.")
    private String secretKey = "";

    @Option(
            names = "--block-size",
            paramLabel = "SIZE",
            defaultValue = "4M",
            description = "Size of a block: a number is in KiB, 4M in MiB (default: 4M).")
    private String blockSize = "4M";

    @Option(names = "--compress", paramLabel = "HOW", defaultValue = "none", description = "none, lz4 or zstd.")
    private String compression = "none";

    @Option(
            names = "--trash-days",
            paramLabel = "N",
            defaultValue = "1",
            description = "Days in the trash (default: 1).")
    private int trashDays;

    @Option(names = "--capacity", paramLabel = "SIZE", defaultValue = "0", description = "Limit: a number is in GiB.")
    private String capacity = "0";

    @Option(names = "--inodes", paramLabel = "N", defaultValue = "0", description = "Limit of inodes, 0 for none.")
    private long inodes;

    @Option(names = "--hash-prefix", description = "Spread the keys of objects over 256 prefixes.")
    private boolean hashPrefix;

    @Option(names = "--enable-acl", description = "Keep access control lists; for good.")
    private boolean enableAcl;

    @Option(names = "--encrypt-rsa-key", paramLabel = "FILE", description = "Encrypt with this RSA private key (PEM).")
    private @Nullable Path encryptKey;

    @Option(
            names = "--encrypt-algo",
            paramLabel = "HOW",
            defaultValue = "aes256gcm-rsa",
            description = "aes256gcm-rsa or chacha20-rsa.")
    private String algorithm = "aes256gcm-rsa";

    @Override
    public Integer call() throws Exception {
        takeKeysOfEnvironment();
        StoreAddress address = new VolumeBucket(storage, VolumeBucket.typed(storage, bucket)).address();
        boolean hasKeys = !accessKey.isEmpty() && !secretKey.isEmpty();
        var volumeToMake = new NewVolume(
                name,
                meta,
                address,
                sizeIn(KIB, blockSize),
                hashPrefix,
                sizeIn(GIB, capacity),
                trashDays,
                AtRestOptions.checked(compression, algorithm, encryptKey),
                Upkeep.TODAY,
                enableAcl);
        if (address instanceof StoreAddress.Directory(Path objects)) {
            Files.createDirectories(objects);
        }
        VolumeFormat made = volumeToMake.create(hasKeys ? new Credentials(accessKey, secretKey) : null);
        if (hasKeys || inodes > 0) {
            try (Volume volume = Volume.open(meta, MountOptions.PLAIN)) {
                SettingChanges.make(volume.engine(), rest(hasKeys), true, Instant.now());
            }
        }
        if (common.isJson()) {
            Output.json(Map.of("name", made.name(), "uuid", made.uuid().toString(), "bucket", made.bucket()));
        } else {
            System.out.println("volume " + name + " created in " + made.bucket() + "; next: cachectl mount "
                    + Volume.shownUrl(meta.toString()) + " DIRECTORY");
        }
        return 0;
    }

    private SettingChange rest(boolean hasKeys) {
        return new SettingChange(
                null,
                null,
                inodes,
                null,
                null,
                null,
                null,
                hasKeys ? accessKey : null,
                hasKeys ? secretKey : null,
                null,
                null);
    }

    private void takeKeysOfEnvironment() {
        if (accessKey.isEmpty()) {
            accessKey = System.getenv().getOrDefault("ACCESS_KEY", "");
        }
        if (secretKey.isEmpty()) {
            secretKey = System.getenv().getOrDefault("SECRET_KEY", "");
        }
    }

    /** A size as JuiceFS reads it: a number alone counts {@code unit}s, a letter K to P powers of 1024. */
    static long sizeIn(long unit, String text) {
        int last = text.isEmpty() ? -1 : "KMGTP".indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        String number = last < 0 ? text : text.substring(0, text.length() - 1);
        long scale = last < 0 ? unit : 1L << (10 * (last + 1));
        try {
            return Math.multiplyExact(Long.parseLong(number), scale);
        } catch (NumberFormatException | ArithmeticException e) {
            throw VolumeCommand.notMade("'" + text + "' is no size").causedBy(e);
        }
    }
}
