package io.blockring.meta.dump;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.ids.IdSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads directories with all that is below them, and puts their records into a batch. An inode that comes again is
 * another name of the first; a directory does not come again, and where it does it is left out with all that is below.
 */
final class TreeLoader {
    /** An entry that is being read, and for a directory what was found below it so far. */
    private static final class Open {
        private final @Nullable Open parent;
        private final @Nullable Name name;
        private @Nullable DumpedAttr attr;
        private byte[] target = new byte[0];
        private int accessAcl;
        private int defaultAcl;
        private boolean again;
        private boolean inEntries;
        private boolean leftOut;
        private int directories;
        private DirectoryStats here = DirectoryStats.NONE;
        private DirectoryStats below = DirectoryStats.NONE;

        Open(@Nullable Open parent, @Nullable Name name) {
            this.parent = parent;
            this.name = name;
            this.leftOut = parent != null && parent.leftOut;
        }
    }

    private final JsonParser parser;
    private final LoadBatch batch;
    private final LoadSums sums;
    private final IdSet inodes;
    private final IdSet slices;
    private final LoadedAcls acls;

    TreeLoader(JsonParser parser, LoadBatch batch, LoadSums sums, IdSet inodes, IdSet slices, LoadedAcls acls) {
        this.acls = acls;
        this.parser = parser;
        this.batch = batch;
        this.sums = sums;
        this.inodes = inodes;
        this.slices = slices;
    }

    /** Reads the tree that the parser stands at the start of, as the directory {@code root}. */
    void load(long root) throws IOException, FileError {
        require(JsonToken.START_OBJECT, parser.currentToken());
        Deque<Open> open = new ArrayDeque<>();
        open.push(new Open(null, null));
        while (!open.isEmpty()) {
            Open top = open.element();
            JsonToken token = parser.nextToken();
            if (top.inEntries && token == JsonToken.FIELD_NAME) {
                Name name = Name.of(Escapes.unescape(parser.currentName()));
                require(JsonToken.START_OBJECT, parser.nextToken());
                open.push(new Open(top, name));
            } else if (token == JsonToken.END_OBJECT) {
                if (top.inEntries) {
                    top.inEntries = false;
                } else {
                    open.pop();
                    finish(top);
                }
            } else {
                require(JsonToken.FIELD_NAME, token);
                read(top, root);
            }
        }
    }

    private void require(JsonToken expected, @Nullable JsonToken found) throws FileError {
        if (found != expected) {
            throw new FileError(
                    FileError.Kind.INVALID,
                    "the dump is damaged in line %d: %s where %s should be"
                            .formatted(parser.currentLocation().getLineNr(), found, expected));
        }
    }

    private void read(Open entry, long root) throws IOException, FileError {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        if (field.equals("attr")) {
            require(JsonToken.START_OBJECT, value);
            begin(entry, DumpedAttr.read(parser), root);
            return;
        }
        DumpedAttr attr = entry.attr;
        if (attr == null) {
            throw new FileError(
                    FileError.Kind.INVALID,
                    "the dump is damaged in line %d: an entry begins with '%s' and not with its attributes"
                            .formatted(parser.currentLocation().getLineNr(), field));
        }
        boolean skipped = entry.again || entry.leftOut;
        switch (field) {
            case "entries" -> {
                require(JsonToken.START_OBJECT, value);
                entry.inEntries = true;
            }
            case "symlink" -> entry.target = Escapes.unescape(parser.getText());
            case "xattrs" -> readXattrs(attr.inode(), skipped);
            case "chunks" -> readChunks(attr.inode(), skipped);
            case "posix_acl_access" -> entry.accessAcl = acls.read(parser);
            case "posix_acl_default" -> entry.defaultAcl = acls.read(parser);
            default -> parser.skipChildren();
        }
    }

    private void begin(Open entry, DumpedAttr found, long root) throws FileError {
        if (entry.parent == null) {
            entry.attr = found.inode() != root && root == FileTree.ROOT ? found.asRoot() : found;
            if (entry.attr.type() != FileType.DIRECTORY || entry.attr.inode() != root) {
                throw new FileError(FileError.Kind.INVALID, "the root of the dump is no directory of that kind");
            }
        } else {
            entry.attr = found;
        }
        entry.again = !inodes.add(entry.attr.inode());
        if (entry.again && found.type() == FileType.DIRECTORY) {
            entry.leftOut = true;
            sums.leftOut++;
        }
    }

    private void readXattrs(long inode, boolean skipped) throws IOException, FileError {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            String name = "";
            byte[] value = {};
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "name" -> name = parser.getText();
                    case "value" -> value = Escapes.unescape(parser.getText());
                    default -> parser.skipChildren();
                }
            }
            if (!skipped) {
                batch.putXattr(inode, Name.stored(name.getBytes(StandardCharsets.UTF_8)), value);
            }
        }
    }

    private void readChunks(long inode, boolean skipped) throws IOException, FileError {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            int chunk = 0;
            var records = new ArrayList<SliceRecord>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "index" -> chunk = parser.getIntValue();
                    case "slices" -> {
                        while (parser.nextToken() == JsonToken.START_OBJECT) {
                            records.add(DumpedAttr.slice(parser));
                        }
                    }
                    default -> parser.skipChildren();
                }
            }
            if (!skipped && !records.isEmpty()) {
                putChunk(inode, chunk, records);
            }
        }
    }

    private void putChunk(long inode, int chunk, List<SliceRecord> records) throws FileError {
        var again = new ArrayList<SliceKey>();
        for (SliceRecord record : records) {
            if (!record.isZeros() && !slices.add(record.sliceId())) {
                again.add(SliceKey.of(record));
            }
            sums.sawSlice(record.sliceId());
        }
        batch.putSlices(inode, chunk, records, again);
    }

    /** All of an entry was read: it is given its name, and counted where it lies. */
    private void finish(Open entry) throws FileError {
        DumpedAttr attr = entry.attr;
        if (attr == null) {
            throw new FileError(FileError.Kind.INVALID, "the dump is damaged: an entry has no attributes");
        }
        Open parent = entry.parent;
        if (entry.leftOut) {
            return;
        }
        long directory = parent == null ? FileTree.ROOT : inodeOf(parent);
        Attr made = entry.again ? batch.addLink(attr.inode(), directory) : make(entry, attr, directory);
        if (parent == null || entry.name == null) {
            return;
        }
        batch.putChild(directory, entry.name, new Child(attr.type(), attr.inode()));
        DirectoryStats counted = DirectoryStats.of(made);
        parent.here = parent.here.plus(counted);
        parent.below = parent.below.plus(counted).plus(entry.below);
        if (attr.type() == FileType.DIRECTORY && directory < FileTree.TRASH) {
            parent.directories++;
        }
        sums.sawName();
    }

    private static long inodeOf(Open entry) throws FileError {
        if (entry.attr == null) {
            throw new FileError(FileError.Kind.INVALID, "the dump is damaged: a directory has no attributes");
        }
        return entry.attr.inode();
    }

    private Attr make(Open entry, DumpedAttr attr, long directory) throws FileError {
        boolean isDirectory = attr.type() == FileType.DIRECTORY;
        Attr made = attr.in(
                directory,
                isDirectory ? 2 + entry.directories : 1,
                entry.target.length,
                entry.accessAcl,
                entry.defaultAcl);
        batch.putAttr(attr.inode(), made);
        if (attr.type() == FileType.SYMLINK) {
            batch.putSymlink(attr.inode(), entry.target);
        }
        if (isDirectory && sums.upkeep().directoryStats() && attr.inode() != FileTree.TRASH) {
            batch.putDirectoryStats(attr.inode(), entry.here);
        }
        if (isDirectory) {
            sums.closeDirectory(attr.inode(), entry.below);
        }
        sums.sawInode(attr.inode(), made);
        return made;
    }
}
