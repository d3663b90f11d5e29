package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.SliceKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Inodes that one transaction makes as copies of others: attributes, extended attributes, targets of symlinks, and data
 * by one more reference to each slice. The names of the copies are the caller's to enter. For one attempt of one
 * transaction.
 */
final class InodeCopies {
    /** Chunks of a file that one transaction copies; a file of more is copied by several. */
    static final int CHUNKS_AT_ONCE = 16;

    /** A copy may be changed and removed, whatever its source allows. */
    private static final int KEPT_FLAGS = ~(Flags.IMMUTABLE | Flags.APPEND_ONLY);

    private final MetaTransaction transaction;
    private final Caller caller;
    private final CloneOptions options;
    private final Timestamp now;
    private final Ledger ledger;
    private final Map<SliceKey, Long> references = new LinkedHashMap<>();

    InodeCopies(MetaTransaction transaction, Caller caller, CloneOptions options, Timestamp now, Ledger ledger) {
        this.transaction = transaction;
        this.caller = caller;
        this.options = options;
        this.now = now;
        this.ledger = ledger;
    }

    /** What a copy of these attributes has, with one name. */
    static Attr attrOf(Attr source, Caller caller, CloneOptions options, long parent, Timestamp now) {
        boolean own = !options.preserve();
        return new Attr(
                source.flags() & KEPT_FLAGS,
                source.type(),
                own ? source.mode() & ~options.umask() : source.mode(),
                own ? caller.uid() : source.uid(),
                own ? caller.gid() : source.gid(),
                own ? now : source.atime(),
                own ? now : source.mtime(),
                own ? now : source.ctime(),
                source.type() == FileType.DIRECTORY ? 2 : 1,
                source.length(),
                source.rdev(),
                parent,
                source.accessAcl(),
                source.defaultAcl(),
                source.tier());
    }

    /** Chunks that a file of so many bytes has at most; all else has none. */
    static int chunksOf(Attr attr) {
        return attr.type() == FileType.FILE ? (int) Math.ceilDiv(attr.length(), (long) FileTree.CHUNK_BYTES) : 0;
    }

    static boolean isLarge(Attr attr) {
        return chunksOf(attr) > CHUNKS_AT_ONCE;
    }

    /** Makes the copy but for the data of a large file. */
    Attr make(long source, Attr of, long copy, long parent) throws FileError {
        Attr attr = attrOf(of, caller, options, parent, now);
        transaction.putAttr(copy, attr);
        for (Name name : transaction.xattrNames(source)) {
            byte[] value = transaction.xattr(source, name);
            if (value != null) {
                transaction.putXattr(copy, name, value);
            }
        }
        if (attr.type() == FileType.SYMLINK) {
            byte[] target = transaction.symlink(source);
            if (target == null) {
                throw new FileError(FileError.Kind.IO, "symlink " + source + " has no target");
            }
            transaction.putSymlink(copy, target);
        }
        if (!isLarge(attr)) {
            copyChunks(source, copy, IntStream.range(0, chunksOf(attr)).boxed().toList());
        }
        ledger.made(attr);
        return attr;
    }

    /** Copies these chunks as they are now. */
    void copyChunks(long source, long copy, List<Integer> chunks) throws FileError {
        transaction.expect(
                chunks.stream().map(chunk -> new Point.Slices(source, chunk)).toArray(Point[]::new));
        for (int chunk : chunks) {
            List<SliceRecord> slices = transaction.slices(source, chunk);
            if (!slices.isEmpty()) {
                transaction.putSlices(copy, chunk, slices);
            }
            for (SliceRecord slice : slices) {
                if (!slice.isZeros()) {
                    references.merge(SliceKey.of(slice), 1L, Long::sum);
                }
            }
        }
    }

    /** Counts the references; the last thing to do. */
    void post() throws FileError {
        for (Map.Entry<SliceKey, Long> more : references.entrySet()) {
            transaction.addReferences(more.getKey(), more.getValue());
        }
        ledger.post(transaction);
    }

    /** Says that a copy has a name in a directory that is there. */
    void named(long directory, Attr attr) throws FileError {
        ledger.named(directory, attr);
    }

    /** Says that so much came into a directory that nobody sees yet. */
    void unseen(long directory, DirectoryStats more) {
        ledger.unseen(directory, more);
    }
}
