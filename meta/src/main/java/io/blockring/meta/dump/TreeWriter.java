package io.blockring.meta.dump;

import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.MetaReads;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes directories with all that is below them, each entry with its attributes, in the order of their names. */
final class TreeWriter {
    /** Places of damage that are named; more are only left out. */
    static final int MOST_DAMAGED = 100;

    /** Entries of a directory in memory. */
    private static final int PAGE = 500;

    private static final int TELL_EVERY = 1000;
    private static final String INDENT = "  ";

    /** A directory that is being written. */
    private static final class Open {
        private final long inode;
        private final String path;
        private final int depth;
        private final ListText list;
        private Iterator<Dentry> page = List.<Dentry>of().iterator();
        private @Nullable Name after;
        private boolean ended;

        Open(long inode, String path, int depth) {
            this.inode = inode;
            this.path = path;
            this.depth = depth;
            this.list = new ListText("\n" + INDENT.repeat(depth + 2));
        }
    }

    private final MetaReads reads;
    private final EntryWriter entry;
    private final Writer out;
    private final LongConsumer progress;
    private final List<String> damaged = new ArrayList<>();
    private long entries;

    TreeWriter(MetaReads reads, Writer out, LongConsumer progress) {
        this.reads = reads;
        this.entry = new EntryWriter(reads, out);
        this.out = out;
        this.progress = progress;
    }

    Dump.Result result() {
        return new Dump.Result(entries, damaged);
    }

    /** Writes the directory {@code root} under a title. */
    void write(String title, long root) throws FileError, IOException {
        Attr attr = reads.attr(root);
        if (attr == null) {
            throw new FileError(FileError.Kind.IO, "inode %d has no attributes".formatted(root));
        }
        Deque<Open> open = new ArrayDeque<>();
        out.write("\n" + INDENT + "\"" + title + "\": {");
        open.push(begin(new Open(root, "", 1), attr));
        while (!open.isEmpty()) {
            Open directory = open.element();
            Dentry next = next(directory);
            if (next == null) {
                out.write(directory.list.end("\n" + INDENT.repeat(directory.depth + 1) + "}"));
                out.write("\n" + INDENT.repeat(directory.depth) + "}");
                open.pop();
                continue;
            }
            Attr found = next.attr() != null ? next.attr() : madeUp(directory, next);
            if (found == null) {
                continue;
            }
            out.write(directory.list.lead() + "\"" + Escapes.escape(next.name().toBytes()) + "\": {");
            int depth = directory.depth + 2;
            count();
            if (found.type() == FileType.DIRECTORY) {
                open.push(begin(new Open(next.inode(), directory.path + "/" + next.name(), depth), found));
            } else {
                entry.write(next.inode(), found, INDENT.repeat(depth + 1));
                out.write("\n" + INDENT.repeat(depth) + "}");
            }
        }
    }

    private void count() {
        entries++;
        if (entries % TELL_EVERY == 0) {
            progress.accept(entries);
        }
    }

    private Open begin(Open directory, Attr attr) throws FileError, IOException {
        entry.write(directory.inode, attr, INDENT.repeat(directory.depth + 1));
        out.write(",\n" + INDENT.repeat(directory.depth + 1) + "\"entries\": {");
        return directory;
    }

    private @Nullable Dentry next(Open directory) throws FileError {
        if (!directory.page.hasNext() && !directory.ended) {
            List<Dentry> names = reads.children(directory.inode, directory.after, PAGE);
            directory.ended = names.size() < PAGE;
            directory.after =
                    names.isEmpty() ? directory.after : names.getLast().name();
            List<@Nullable Attr> attrs =
                    reads.attrs(names.stream().map(Dentry::inode).toList());
            var page = new ArrayList<Dentry>(names.size());
            for (int i = 0; i < names.size(); i++) {
                Dentry name = names.get(i);
                page.add(new Dentry(name.name(), name.inode(), name.type(), attrs.get(i)));
            }
            directory.page = page.iterator();
        }
        return directory.page.hasNext() ? directory.page.next() : null;
    }

    /** A directory whose attributes are lost still leads to what is below it; anything else leads nowhere. */
    private @Nullable Attr madeUp(Open directory, Dentry entry) {
        if (damaged.size() < MOST_DAMAGED) {
            damaged.add(directory.path + "/" + entry.name());
        }
        var never = new Timestamp(0, 0);
        return entry.type() != FileType.DIRECTORY
                ? null
                : new Attr(0, FileType.DIRECTORY, 0, 0, 0, never, never, never, 2, 4096, 0, directory.inode, 0, 0, 0);
    }

    /** Writes what an inode has but for its entries. */
    private static final class EntryWriter {
        private static final int CHUNKS_AT_ONCE = 256;

        private final MetaReads reads;
        private final Writer out;

        EntryWriter(MetaReads reads, Writer out) {
            this.reads = reads;
            this.out = out;
        }

        void write(long inode, Attr attr, String indent) throws FileError, IOException {
            out.write("\n" + indent + "\"attr\": " + AttrText.of(inode, attr));
            if (attr.type() == FileType.SYMLINK) {
                byte[] target = reads.symlink(inode);
                out.write(",\n" + indent + "\"symlink\": \"" + (target == null ? "" : Escapes.escape(target)) + "\"");
            }
            writeXattrs(inode, indent);
            writeAcl("posix_acl_access", attr.accessAcl(), indent);
            writeAcl("posix_acl_default", attr.defaultAcl(), indent);
            if (attr.type() == FileType.FILE) {
                writeChunks(inode, attr, indent);
            }
        }

        private void writeAcl(String title, int id, String indent) throws FileError, IOException {
            AclRule rule = id == 0 ? null : reads.acl(id);
            if (rule != null) {
                out.write(",\n" + indent + "\"" + title + "\": " + AttrText.of(rule));
            }
        }

        private void writeXattrs(long inode, String indent) throws FileError, IOException {
            var list = new ListText("");
            for (Name name : reads.xattrNames(inode)) {
                byte[] value = reads.xattr(inode, name);
                if (value != null) {
                    out.write(list.isEmpty() ? ",\n" + indent + "\"xattrs\": [" : "");
                    out.write(list.lead()
                            + "{\"name\":%s,\"value\":\"%s\"}"
                                    .formatted(AttrText.quoted(name.toString()), Escapes.escape(value)));
                }
            }
            out.write(list.isEmpty() ? "" : "]");
        }

        private void writeChunks(long inode, Attr attr, String indent) throws FileError, IOException {
            var list = new ListText("\n" + indent + INDENT);
            int bound = (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(attr.length(), (long) FileTree.CHUNK_BYTES));
            List<Integer> chunks;
            int next = 0;
            do {
                chunks = reads.chunks(inode, next, bound, CHUNKS_AT_ONCE);
                for (int chunk : chunks) {
                    out.write(list.isEmpty() ? ",\n" + indent + "\"chunks\": [" : "");
                    out.write(list.lead() + "{\"index\":" + chunk + ",\"slices\":[");
                    out.write(reads.slices(inode, chunk).stream()
                            .map(AttrText::of)
                            .collect(Collectors.joining(",")));
                    out.write("]}");
                    next = chunk + 1;
                }
            } while (chunks.size() == CHUNKS_AT_ONCE);
            out.write(list.isEmpty() ? "" : "\n" + indent + "]");
        }
    }
}
