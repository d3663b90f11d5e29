package io.blockring.cachectl.warmup;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.files.MountedPath;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cachectl warmup}: brings a path into the cache of the group, with progress. */
@Command(
        name = "warmup",
        description = "Bring all blocks of a file or directory of a mount into the cache of its group.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl warmup /mnt/lab/datasets/imagenet",
            "  cachectl warmup /mnt/lab/model.bin -o json",
            "  cachectl warmup .                       (inside a mount)",
            "",
            "Exit codes: 0 all blocks are in the cache, 4 some failed."
        })
public final class WarmupCommand implements Callable<Integer> {
    /** The outcome as scripts see it; bytes are plain bytes of blocks. */
    record Outcome(
            String path,
            String state,
            long files,
            Map<String, Long> blocks,
            Map<String, Long> bytes,
            double seconds,
            Map<String, Long> nodes,
            List<String> failures) {}

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "PATH", description = "A file or directory inside a mount.")
    private Path path = Path.of("");

    @Override
    public Integer call() throws Exception {
        MountedPath mounted = MountedPath.of(path);
        long start = System.nanoTime();
        WarmupTally.State state = Warmup.run(mounted, ProgressLine.onStandardError(path.toString()));
        double seconds = (System.nanoTime() - start) / 1e9;
        boolean whole = state.failedBlocks() == 0;
        if (common.isJson()) {
            Output.json(outcome(state, whole, seconds));
        } else {
            print(state, whole, seconds);
        }
        return (whole ? ExitCode.OK : ExitCode.PARTIAL).status();
    }

    private Outcome outcome(WarmupTally.State state, boolean whole, double seconds) {
        return new Outcome(
                path.toAbsolutePath().normalize().toString(),
                whole ? "succeeded" : "partial",
                state.files(),
                Map.of(
                        "total", state.total().blocks(),
                        "already", state.already().blocks(),
                        "fetched", state.fetched().blocks(),
                        "failed", state.failedBlocks()),
                Map.of(
                        "total", state.total().bytes(),
                        "already", state.already().bytes(),
                        "fetched", state.fetched().bytes()),
                seconds,
                state.fetchedByNode(),
                state.failures());
    }

    private void print(WarmupTally.State state, boolean whole, double seconds) {
        System.out.printf(
                "%s: %s of %s in %d files is in the cache: %s fetched in %.1f s, %s was there%n",
                path,
                ByteSize.show(state.already().bytes() + state.fetched().bytes()),
                ByteSize.show(state.total().bytes()),
                state.files(),
                ByteSize.show(state.fetched().bytes()),
                seconds,
                ByteSize.show(state.already().bytes()));
        if (!whole) {
            System.err.println("error: " + state.failedBlocks() + " of "
                    + state.total().blocks() + " blocks are not in the cache");
            System.err.println("why: "
                    + String.join(
                            "; ",
                            state.failures()
                                    .subList(0, Math.min(3, state.failures().size()))));
            System.err.println("try: cachectl warmup " + path + "   (only what is missing is fetched)");
        }
    }
}
