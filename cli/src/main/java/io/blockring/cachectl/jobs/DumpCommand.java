package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.meta.FileError;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.DumpJob;
import io.blockring.proto.jobs.DumpResult;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume dump}: the metadata of a volume as JSON. */
@Command(
        name = "dump",
        description = {
            "Write the metadata of a volume as JSON, in the form of JuiceFS.",
            "From RocksDB it is as of one moment. Redis has no moments: stop writers for an exact dump."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume dump redis://127.0.0.1:6379/1 lab.json.gz",
            "  cachectl volume dump rocksdb:///var/lib/blockring/lab | jq .Counters",
            "  cachectl volume dump redis://127.0.0.1:6379/1 lab.json --keep-secret-key"
        })
public final class DumpCommand implements Callable<Integer> {
    private static final String STANDARD_OUTPUT = "-";

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "META_URL", description = "The volume's metadata engine.")
    private String meta = "";

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = STANDARD_OUTPUT,
            description = "Where to; compressed when it ends in .gz; - or none is standard output.")
    private String file = STANDARD_OUTPUT;

    @Option(names = "--keep-secret-key", description = "Leave the keys to the object store in the dump.")
    private boolean keepSecrets;

    @Option(names = "--skip-trash", description = "Leave out what is in the trash.")
    private boolean skipTrash;

    private DumpResult result = DumpResult.getDefaultInstance();

    @Override
    public Integer call() throws Exception {
        try (JobRunner runner = MetaTarget.open(meta, true)) {
            if (file.equals(STANDARD_OUTPUT)) {
                write(runner, new FilterOutputStream(System.out) {
                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        out.write(bytes, offset, length);
                    }

                    @Override
                    public void close() throws IOException {
                        flush();
                    }
                });
            } else {
                writeFile(runner, Path.of(file));
            }
        }
        for (String damaged : result.getDamagedList()) {
            System.err.println("warning: " + damaged + " has no attributes; see cachectl fsck");
        }
        if (!file.equals(STANDARD_OUTPUT)) {
            if (common.isJson()) {
                Output.json(Map.of(
                        "entries", result.getEntries(), "damaged", List.copyOf(result.getDamagedList()), "file", file));
            } else {
                System.out.println("dumped " + result.getEntries() + " entries to " + file);
            }
        }
        return 0;
    }

    /** A dump that is not whole gets no name. */
    private void writeFile(JobRunner runner, Path to) throws IOException, FileError, ObjectStoreException {
        Path part = to.resolveSibling(to.getFileName() + ".part");
        boolean whole = false;
        try {
            OutputStream plain = Files.newOutputStream(part);
            write(runner, to.toString().endsWith(".gz") ? new GZIPOutputStream(plain) : plain);
            Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
            whole = true;
        } finally {
            if (!whole) {
                Files.deleteIfExists(part);
            }
        }
    }

    private void write(JobRunner runner, OutputStream to) throws IOException, FileError, ObjectStoreException {
        var request = JobRequest.newBuilder()
                .setDump(DumpJob.newBuilder().setKeepSecrets(keepSecrets).setSkipTrash(skipTrash))
                .build();
        try (var out = new BufferedOutputStream(to)) {
            JobRun.run("dump", runner, request, event -> take(event, out));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void take(JobEvent event, OutputStream out) {
        try {
            if (event.hasDump()) {
                result = event.getDump();
            } else {
                event.getDumpPart().writeTo(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
