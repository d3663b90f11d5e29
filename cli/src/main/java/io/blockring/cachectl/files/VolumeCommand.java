package io.blockring.cachectl.files;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.StoreKeys;
import io.blockring.cachectl.jobs.DestroyCommand;
import io.blockring.cachectl.jobs.DumpCommand;
import io.blockring.cachectl.jobs.ListCommand;
import io.blockring.cachectl.jobs.LoadCommand;
import io.blockring.cachectl.jobs.RestoredCommand;
import io.blockring.cachectl.jobs.SetCommand;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.volume.Volume;
import io.blockring.objectstore.StoreAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cachectl volume}: makes volumes and says what they are. */
@Command(
        name = "volume",
        description = "Create, change, copy and look at volumes, in the JuiceFS volume format.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VolumeCommand.Create.class,
            VolumeCommand.Describe.class,
            SetCommand.class,
            ListCommand.class,
            DumpCommand.class,
            LoadCommand.class,
            RestoredCommand.class,
            DestroyCommand.class,
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume create lab --meta rocksdb:///var/lib/blockring/lab --storage s3://bucket"
                    + " --endpoint http://127.0.0.1:9000",
            "  cachectl volume create lab --meta redis://127.0.0.1:6379/1 --storage file:///data/objects",
            "  cachectl volume describe rocksdb:///var/lib/blockring/lab"
        })
public final class VolumeCommand implements Runnable {
    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        CommandLine.usage(spec.commandLine(), System.out);
    }

    static CommandFailure notMade(String why) {
        return new CommandFailure(
                ExitCode.USAGE, "USAGE", "the volume was not created", why, "cachectl volume create --help");
    }

    /** {@code cachectl volume create}. */
    @Command(
            name = "create",
            description = "Create a volume: metadata in an engine, data in an object store.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl volume create lab --meta rocksdb:///var/lib/blockring/lab --storage s3://bucket"
                        + " --endpoint http://127.0.0.1:9000",
                "  cachectl volume create lab --meta rocksdb:///var/lib/blockring/lab --storage file:///data/objects",
                "  META_PASSWORD=... cachectl volume create lab --meta redis://127.0.0.1:6379/1 --storage s3://bucket",
                "  cachectl volume create lab --meta tikv://pd1:2379,pd2:2379,pd3:2379/lab --storage s3://bucket",
                "  cachectl volume create small --meta etcd://127.0.0.1:2379/small --storage s3://bucket",
                "  cachectl volume create lab --meta rocksdb:///m/lab --storage s3://bucket --region eu-west-1"
                        + " --block-size 8MiB --capacity 10TiB --trash-days 1",
                "  cachectl volume create lab --meta redis://127.0.0.1:6379/1 --storage s3://bucket --compat 1.0",
                "  cachectl volume create lab --meta rocksdb:///m/lab --storage file:///data/objects"
                        + " --compress zstd --encrypt-key key.pem"
            })
    static final class Create implements Callable<Integer> {
        private static final String OLDEST_CLIENT = "1.0";

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Mixin
        private StoreKeys keys = new StoreKeys();

        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the volume: a-z, 0-9 and -.")
        private String name = "";

        @Option(
                names = "--meta",
                required = true,
                paramLabel = "META_URL",
                description = "Metadata engine: " + Volume.URL_FORMS + ".")
        private URI meta = URI.create("");

        @Option(
                names = "--storage",
                required = true,
                paramLabel = "STORE",
                description = "Object store: s3://bucket or file:///directory.")
        private String storage = "";

        @Option(names = "--endpoint", paramLabel = "URL", description = "S3 server of the bucket; none is AWS.")
        private @Nullable String endpoint;

        @Option(names = "--region", paramLabel = "REGION", description = "Region of the bucket, at AWS.")
        private @Nullable String region;

        @Option(
                names = "--block-size",
                paramLabel = "SIZE",
                defaultValue = "4MiB",
                description = "Bytes of a block: a power of two from 64KiB to 16MiB (default: 4MiB).")
        private ByteSize blockSize = new ByteSize(4 << 20);

        @Option(
                names = "--capacity",
                paramLabel = "SIZE",
                defaultValue = "0",
                description = "Most bytes in the volume (default: no limit).")
        private ByteSize capacity = new ByteSize(0);

        @Option(
                names = "--trash-days",
                paramLabel = "N",
                defaultValue = "1",
                description = "How long deleted files stay in the trash, 0 for no trash (default: 1).")
        private int trashDays;

        @Option(
                names = "--compat",
                paramLabel = "VERSION",
                description = "Let clients as old as JuiceFS 1.0 use it: no directory statistics, no quotas.")
        private @Nullable String compat;

        @Option(
                names = "--enable-acl",
                description = "Keep POSIX access control lists; for good, and for clients of version 1.2 or newer.")
        private boolean acl;

        @Option(names = "--hash-prefix", description = "Spread the keys of objects over 256 prefixes.")
        private boolean hashPrefix;

        @Mixin
        private AtRestOptions atRest = new AtRestOptions();

        @Override
        public Integer call() throws Exception {
            check();
            StoreAddress address = StoreAddress.parse(storage, endpoint, region);
            VolumeFormat made = new NewVolume(
                            name,
                            meta,
                            address,
                            blockSize.bytes(),
                            hashPrefix,
                            capacity.bytes(),
                            trashDays,
                            atRest.checked(),
                            compat == null ? Upkeep.TODAY : Upkeep.V1_0,
                            acl)
                    .create(keys.forStore(address));
            if (common.isJson()) {
                Output.json(Map.of(
                        "name", made.name(),
                        "uuid", made.uuid().toString(),
                        "meta", Volume.shownUrl(meta.toString()),
                        "storage", made.storage(),
                        "bucket", made.bucket()));
            } else {
                System.out.println("volume " + name + " created in " + made.bucket() + "; next: cachectl mount "
                        + Volume.shownUrl(meta.toString())
                        + " DIRECTORY");
            }
            return 0;
        }

        private void check() {
            if (compat != null && acl) {
                throw notMade("clients as old as --compat allows know no access control lists");
            }
            if (compat != null && !compat.equals(OLDEST_CLIENT)) {
                throw notMade("--compat knows " + OLDEST_CLIENT + ", and not " + compat);
            }
        }
    }

    /** {@code cachectl volume describe}. */
    @Command(
            name = "describe",
            description = "Show the settings of a volume, also while a mount holds it.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  cachectl volume describe rocksdb:///var/lib/blockring/lab",
                "  cachectl volume describe rocksdb:///var/lib/blockring/lab -o json"
            })
    static final class Describe implements Callable<Integer> {
        @Mixin
        private CommonOptions common = new CommonOptions();

        @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
        private URI meta = URI.create("");

        @Override
        public Integer call() throws Exception {
            VolumeFacts facts = VolumeFacts.of(meta);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", facts.name());
            fields.put("uuid", facts.uuid().toString());
            fields.put("meta", Volume.shownUrl(meta.toString()));
            fields.put("storage", facts.storage());
            fields.put("bucket", facts.bucket());
            fields.put("blockBytes", facts.blockBytes());
            fields.put("hashPrefix", facts.hashPrefix());
            fields.put("trashDays", facts.trashDays());
            fields.put("compression", facts.compression());
            fields.put("encryption", facts.encryption());
            fields.put("metaVersionsSince", facts.metaVersionsSince());
            fields.put("mountedAt", facts.heldBy());
            if (common.isJson()) {
                Output.json(fields);
            } else {
                List<List<String>> rows = new ArrayList<>();
                fields.forEach((field, value) -> rows.add(List.of(field, value.toString())));
                Output.table(rows);
            }
            return 0;
        }
    }
}
