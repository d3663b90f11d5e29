package io.blockring.cachectl.files;

import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.cluster.BlockOwners;
import io.blockring.proto.mount.BlockPlace;
import io.blockring.proto.mount.FileExtent;
import io.blockring.proto.mount.LocateAnswer;
import io.blockring.proto.mount.MountDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cachectl where}: the blocks of a file, their owners, and whether they are cached. */
@Command(
        name = "where",
        description = "Show the blocks of a file: object, owners in the ring, and where it is cached.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl where /mnt/lab/model.bin",
            "  cachectl where /mnt/lab/model.bin -o json",
            "  cachectl where model.bin            (inside a mount)"
        })
public final class WhereCommand implements Callable<Integer> {
    /** One extent of the file; no object means zeros. */
    record Piece(
            long offset,
            long length,
            @Nullable String object,
            int offsetInBlock,
            List<String> owners,
            List<String> cachedOn) {}

    record Whereabouts(String path, long inode, long bytes, String volume, String group, List<Piece> extents) {}

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "FILE", description = "A file inside a mount.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws Exception {
        MountedPath mounted = MountedPath.of(file);
        try (var mount = mounted.connect()) {
            MountDescription description = mount.describe();
            LocateAnswer located = mount.locate(mounted.pathBytes());
            List<BlockPlace> blocks = located.getExtentsList().stream()
                    .filter(FileExtent::hasBlock)
                    .map(FileExtent::getBlock)
                    .distinct()
                    .toList();
            Map<BlockPlace, BlockOwners.Whereabouts> places = BlockOwners.find(description, blocks);
            print(new Whereabouts(
                    file.toAbsolutePath().normalize().toString(),
                    located.getInode(),
                    located.getLength(),
                    description.getVolume(),
                    description.getGroup(),
                    located.getExtentsList().stream()
                            .map(extent -> pieceOf(extent, places))
                            .toList()));
        }
        return 0;
    }

    private static Piece pieceOf(FileExtent extent, Map<BlockPlace, BlockOwners.Whereabouts> places) {
        BlockOwners.Whereabouts place = places.get(extent.getBlock());
        if (!extent.hasBlock() || place == null) {
            return new Piece(extent.getOffset(), extent.getLength(), null, 0, List.of(), List.of());
        }
        return new Piece(
                extent.getOffset(),
                extent.getLength(),
                extent.getObjectKey(),
                extent.getOffsetInBlock(),
                place.owners(),
                place.cachedOn());
    }

    private void print(Whereabouts found) {
        if (common.isJson()) {
            Output.json(found);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("OFFSET", "LENGTH", "OBJECT", "OWNERS", "CACHED ON"));
        for (Piece piece : found.extents()) {
            rows.add(List.of(
                    Long.toString(piece.offset()),
                    Long.toString(piece.length()),
                    piece.object() == null ? "(zeros)" : piece.object(),
                    String.join(",", piece.owners()),
                    piece.cachedOn().isEmpty() ? "-" : String.join(",", piece.cachedOn())));
        }
        Output.table(rows);
    }
}
