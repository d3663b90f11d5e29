package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.StatusLine;
import io.blockring.meta.FileError;
import io.blockring.meta.dump.Load;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume load}: a volume from a dump. */
@Command(
        name = "load",
        description = "Make a volume of a dump, in empty metadata. Its objects stay where they are.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume load rocksdb:///var/lib/blockring/lab lab.json.gz",
            "  cachectl volume load redis://127.0.0.1:6379/2 - < lab.json",
            "",
            "Where the volume was used since the dump was made, go on with: cachectl volume restored META_URL"
        })
public final class LoadCommand implements Callable<Integer> {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "META_URL", description = "Where the metadata are to be.")
    private String meta = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The dump; - is standard input; .gz is unpacked.")
    private String file = "";

    private final AtomicLong loaded = new AtomicLong();

    @Override
    public Integer call() throws Exception {
        Load.Result result;
        try (StatusLine _ = StatusLine.show(() -> "load: " + loaded.get() + " entries");
                InputStream in = open()) {
            result = load(in);
        }
        if (common.isJson()) {
            Output.json(Map.of("entries", result.entries(), "inodes", result.inodes(), "leftOut", result.leftOut()));
            return 0;
        }
        System.out.println("loaded " + result.entries() + " entries of " + result.inodes() + " inodes into "
                + MetaTarget.shown(meta));
        if (result.leftOut() > 0) {
            System.out.println(result.leftOut() + " directories came twice, as they moved while the dump was made;"
                    + " the second was left out");
        }
        return 0;
    }

    private Load.Result load(InputStream in) throws VolumeException, FileError, IOException {
        try {
            return Volume.load(MetaTarget.uri(meta), in, loaded::set);
        } catch (FileError e) {
            if (e.kind() == FileError.Kind.EXISTS) {
                throw failure(ExitCode.CONFLICT, "NOT_EMPTY", e, "another META_URL, or empty this one");
            }
            if (e.kind() == FileError.Kind.INVALID) {
                throw failure(ExitCode.USAGE, "BAD_DUMP", e, "another file, and metadata that are empty again");
            }
            if (e.kind() == FileError.Kind.NOT_SUPPORTED) {
                throw failure(ExitCode.CONFLICT, "REFUSED", e, "a client that knows what the volume uses");
            }
            throw e;
        }
    }

    private CommandFailure failure(ExitCode exitCode, String code, FileError e, String hint) {
        return new CommandFailure(
                        exitCode,
                        code,
                        "no volume was loaded into " + MetaTarget.shown(meta),
                        String.valueOf(e.getMessage()),
                        hint)
                .causedBy(e);
    }

    private InputStream open() throws IOException {
        InputStream in = new BufferedInputStream(file.equals("-") ? System.in : Files.newInputStream(Path.of(file)));
        return file.endsWith(".gz") ? new GZIPInputStream(in) : in;
    }
}
