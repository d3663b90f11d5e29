package io.blockring.meta.dump;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Witness;
import io.blockring.meta.ids.IdSet;
import io.blockring.meta.tree.VolumeSetting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a volume of a dump, in metadata that hold nothing. Links, sums, references of slices and counters are found anew
 * on the way; ids are given out behind all that the dump knows of. The settings are written last: a load that ended early
 * left no volume, and what it left has to be taken away before another.
 *
 * <p>Memory: a bit for each inode and each slice ({@link IdSet#MAX_BYTES} for each kind at most), and each user and group
 * where those are counted.
 */
public final class Load {
    private static final int TRASH_MODE = 0555;

    /**
     * What was loaded.
     *
     * @param entries names in all directories
     * @param leftOut directories that came twice, in a dump that was made while they moved
     */
    public record Result(long entries, long inodes, long leftOut) {}

    private final MetaEngine engine;
    private final JsonParser parser;
    private final LongConsumer progress;
    private final LoadBatch batch;
    private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    private final Map<QuotaOwner, Quota> quotas = new LinkedHashMap<>();
    private @Nullable VolumeSetting setting;
    private @Nullable LoadSums sums;
    private @Nullable LoadedAcls acls;

    private Load(MetaEngine engine, JsonParser parser, LongConsumer progress) {
        this.engine = engine;
        this.parser = parser;
        this.progress = progress;
        this.batch = new LoadBatch(engine);
    }

    /**
     * Loads the dump that {@code from} has.
     *
     * @param progress is told now and then how many entries were loaded
     * @throws FileError EXISTS when the metadata are not empty; NOT_SUPPORTED when the volume uses what this build does
     *     not; INVALID when it is no dump
     */
    public static Result from(InputStream from, MetaEngine engine, LongConsumer progress)
            throws FileError, IOException {
        requireEmpty(engine);
        var unlimited = StreamReadConstraints.builder()
                .maxNestingDepth(Integer.MAX_VALUE)
                .build();
        var json = JsonFactory.builder().streamReadConstraints(unlimited).build();
        try (JsonParser parser = json.createParser(from)) {
            return new Load(engine, parser, progress).load();
        } catch (JsonProcessingException | NumberFormatException e) {
            throw new FileError(FileError.Kind.INVALID, "the dump is damaged: " + e.getMessage(), e);
        }
    }

    /** Says no where anything is: nothing is written over. */
    private static void requireEmpty(MetaEngine engine) throws FileError {
        if (engine.reads().setting() != null) {
            throw new FileError(FileError.Kind.EXISTS, "there is a volume in these metadata; a dump needs empty ones");
        }
        if (!engine.scans().inodes().next().isEmpty()
                || !engine.scans().chunks().next().isEmpty()) {
            throw new FileError(
                    FileError.Kind.EXISTS,
                    "the metadata hold records of a volume without settings, as a load that ended early leaves them;"
                            + " empty them, or name others");
        }
    }

    private Result load() throws FileError, IOException {
        try (var inodes = new IdSet();
                var slices = new IdSet()) {
            requireObject(parser.nextToken());
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String section = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_NULL) {
                    continue;
                }
                switch (section) {
                    case "Setting" -> readSetting();
                    case "Counters" -> readCounters();
                    case "DelFiles" -> readDeletedFiles();
                    case "Quotas" -> readQuotas(QuotaOwner.Directory::new);
                    case "UserQuotas" -> readQuotas(id -> new QuotaOwner.User((int) id));
                    case "GroupQuotas" -> readQuotas(id -> new QuotaOwner.Group((int) id));
                    case "FSTree", "Trash" -> {
                        requireObject(value);
                        new TreeLoader(parser, batch, sums(), inodes, slices, acls())
                                .load(section.equals("Trash") ? FileTree.TRASH : FileTree.ROOT);
                    }
                    default -> parser.skipChildren();
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || !inodes.contains(FileTree.ROOT)) {
                throw new FileError(FileError.Kind.INVALID, "the dump ends early");
            }
            return finish(inodes.contains(FileTree.TRASH));
        }
    }

    private static void requireObject(@Nullable JsonToken token) throws FileError {
        if (token != JsonToken.START_OBJECT) {
            throw new FileError(FileError.Kind.INVALID, "this is no dump of a volume");
        }
    }

    private void readSetting() throws FileError, IOException {
        String json = new ObjectMapper().readTree(parser).toString();
        VolumeSetting read;
        try {
            read = VolumeSetting.parse(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new FileError(FileError.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
        List<String> objections = read.objections(false);
        if (!objections.isEmpty()) {
            throw new FileError(FileError.Kind.NOT_SUPPORTED, "the volume is not loaded: " + objections.getFirst());
        }
        setting = read;
        batch.run(tx -> {
            tx.witness(Witness.REPEAT);
            tx.startCounters();
            return true;
        });
    }

    private VolumeSetting setting() throws FileError {
        if (setting == null) {
            throw new FileError(FileError.Kind.INVALID, "this is no dump of a volume: it begins without its settings");
        }
        return setting;
    }

    private LoadSums sums() throws FileError {
        LoadSums begun = sums;
        if (begun == null) {
            begun = new LoadSums(setting().upkeep(), counters, quotas, progress);
            sums = begun;
        }
        return begun;
    }

    private LoadedAcls acls() throws FileError {
        LoadedAcls begun = acls;
        if (begun == null) {
            begun = new LoadedAcls(batch, sums());
            acls = begun;
        }
        return begun;
    }

    private void readCounters() throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            for (Counter counter : Counter.values()) {
                if (!counter.isUsage() && Dump.nameOf(counter).equals(name)) {
                    counters.put(counter, parser.getLongValue());
                }
            }
        }
    }

    private void readDeletedFiles() throws IOException, FileError {
        setting();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            long inode = 0;
            long length = 0;
            long deletedAt = 0;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "inode" -> inode = parser.getLongValue();
                    case "length" -> length = parser.getLongValue();
                    case "expire" -> deletedAt = parser.getLongValue();
                    default -> parser.skipChildren();
                }
            }
            batch.putDeletedFile(new DeletedFile(inode, length, deletedAt));
        }
    }

    private void readQuotas(LongFunction<QuotaOwner> owner) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            long id = Long.parseLong(parser.currentName());
            long space = 0;
            long inodes = 0;
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "maxSpace" -> space = parser.getLongValue();
                    case "maxInodes" -> inodes = parser.getLongValue();
                    default -> parser.skipChildren();
                }
            }
            quotas.put(owner.apply(id), new Quota(space, inodes, 0, 0));
        }
    }

    private Result finish(boolean hasTrash) throws FileError {
        VolumeSetting loaded = setting();
        LoadSums found = sums();
        if (!hasTrash && loaded.format().trashDays() > 0) {
            batch.putAttr(FileTree.TRASH, emptyTrash());
        }
        batch.flush();
        for (Counter counter : Counter.values()) {
            long missing = found.least(counter) - engine.reads().counter(counter);
            if (!counter.isUsage() && missing > 0) {
                engine.increment(counter, missing);
            }
        }
        for (Map.Entry<QuotaOwner, Quota> quota : found.quotas().entrySet()) {
            batch.run(tx -> {
                tx.witness(Witness.REPEAT);
                tx.putQuota(quota.getKey(), quota.getValue());
                return true;
            });
        }
        batch.run(tx -> {
            tx.witness(reads -> reads.setting() != null);
            tx.increment(Counter.USED_SPACE, found.space());
            tx.increment(Counter.TOTAL_INODES, found.inodes());
            tx.putSetting(loaded.toJson());
            return true;
        });
        engine.flushUsage();
        engine.sync();
        return new Result(found.names(), found.inodes(), found.leftOut);
    }

    private static Attr emptyTrash() {
        Timestamp now = Timestamp.of(InstantSource.system().instant());
        return new Attr(0, FileType.DIRECTORY, TRASH_MODE, 0, 0, now, now, now, 2, 4096, 0, FileTree.ROOT, 0, 0, 0);
    }
}
