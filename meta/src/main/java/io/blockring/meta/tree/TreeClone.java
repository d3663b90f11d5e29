package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies trees and files without their data: the copies refer to the same slices. A tree is built detached, some entries
 * at a time, and gets its name when it is whole; a small file is copied by one transaction. Entries that go or come while
 * the source is walked are copied or not; each file of up to {@link InodeCopies#CHUNKS_AT_ONCE} chunks is what it was at
 * one moment. Hard links become files of their own.
 */
final class TreeClone {
    private static final Logger LOG = LoggerFactory.getLogger(TreeClone.class);

    /** Entries that one transaction copies at most. */
    private static final int ENTRIES_AT_ONCE = 100;

    /** Chunks that one transaction copies at most, of all its files together. */
    private static final int CHUNKS_AT_ONCE = 64;

    /** Records that the copy of an entry reads or writes at most: attributes, extended ones, and slices. */
    private static final int RECORDS_OF_AN_ENTRY = 32;

    /** The same of a chunk: itself, and the references of some slices. */
    private static final int RECORDS_OF_A_CHUNK = 8;

    /** What a file is called in the tree where it is built. */
    private static final Name INSIDE = Name.stored("file".getBytes(StandardCharsets.US_ASCII));

    /** An entry that is to be copied, and the inode that its copy will have. */
    private record Item(Name name, long inode, long copy) {}

    /** A file whose data follows, once its copy has a name. */
    private record Large(long source, long copy, Attr attr) {}

    /** What one transaction copied. */
    private record Batch(List<Item> folders, List<Large> files, DirectoryStats made) {}

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final TreeUsage usage;
    private final DetachedTrees detached;
    private final Ids inodes;
    private final InstantSource clock;
    private final int entriesAtOnce;
    private final int chunksAtOnce;

    TreeClone(
            MetaEngine engine,
            Transactions transactions,
            Accounts accounts,
            TreeUsage usage,
            DetachedTrees detached,
            Ids inodes,
            InstantSource clock) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.usage = usage;
        this.detached = detached;
        this.inodes = inodes;
        this.clock = clock;
        this.entriesAtOnce = Math.min(ENTRIES_AT_ONCE, engine.mostRecords() / RECORDS_OF_AN_ENTRY);
        this.chunksAtOnce = Math.min(CHUNKS_AT_ONCE, engine.mostRecords() / RECORDS_OF_A_CHUNK);
    }

    /** On the disk when it returns. */
    TreeJobs.Cloned clone(Caller caller, long source, long parent, Name name, CloneOptions options, JobWatch watch)
            throws FileError {
        Attr attr = requireSource(source);
        requirePlace(parent, name);
        TreeSum all =
                attr.type() == FileType.DIRECTORY ? usage.sum(source, options.threads(), watch) : TreeSum.of(attr);
        watch.expects(all.inodes(), all.space());
        if (options.preserve()) {
            accounts.requireRoomOfAnyone(all.space(), all.inodes(), List.of(parent));
        } else {
            accounts.requireRoom(all.space(), all.inodes(), caller.uid(), caller.gid(), List.of(parent));
        }
        var run = new Run(caller, options, watch);
        TreeJobs.Cloned cloned = attr.type() == FileType.DIRECTORY
                ? run.tree(source, attr, parent, name)
                : InodeCopies.isLarge(attr)
                        ? run.largeFile(source, attr, parent, name)
                        : run.oneInode(source, parent, name);
        engine.sync();
        watch.entryChanged(parent, name);
        watch.inodeChanged(parent);
        return cloned;
    }

    private Attr requireSource(long source) throws FileError {
        Attr attr = engine.reads().attr(source);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + source);
        }
        if (Trash.isTrash(source) || Trash.isTrash(attr.parent())) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "what is in the trash is restored, and not cloned");
        }
        return attr;
    }

    private void requirePlace(long parent, Name name) throws FileError {
        if (parent == FileTree.ROOT && Trash.isRootName(name)) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, Trash.ROOT_NAME + " is the trash");
        }
        Directories.requireToAdd(engine.reads(), parent);
        if (engine.reads().child(parent, name) != null) {
            throw new FileError(FileError.Kind.EXISTS, "the name is taken");
        }
    }

    /** One clone. */
    private final class Run implements TreeWalk.Visitor<Long> {
        private final Caller caller;
        private final CloneOptions options;
        private final JobWatch watch;
        private final AtomicReference<DirectoryStats> below = new AtomicReference<>(DirectoryStats.NONE);
        private DetachedTrees.@Nullable Lease lease;

        Run(Caller caller, CloneOptions options, JobWatch watch) {
            this.caller = caller;
            this.options = options;
            this.watch = watch;
        }

        private Timestamp now() {
            return Timestamp.of(clock.instant());
        }

        private InodeCopies copies(MetaTransaction transaction) {
            return new InodeCopies(transaction, caller, options, now(), accounts.ledger());
        }

        TreeJobs.Cloned oneInode(long source, long parent, Name name) throws FileError {
            long copy = inodes.next();
            Attr made = transactions.run(
                    transaction -> {
                        transaction.expect(new Point.Attributes(source));
                        Attr directory = Creation.requireFree(transaction, parent, name);
                        Attr attr = requireThere(transaction.attr(source), source);
                        if (InodeCopies.isLarge(attr)) {
                            throw new FileError(FileError.Kind.BUSY, "the file grew while it was cloned");
                        }
                        var child = new Child(attr.type(), copy);
                        transaction.witness(reads -> child.equals(reads.child(parent, name)));
                        InodeCopies copies = copies(transaction);
                        Attr after = copies.make(source, attr, copy, parent);
                        requireRoom(Map.of(Owner.of(after), Ledger.statsOf(after)));
                        transaction.touchDirectory(parent, directory, 0, now());
                        transaction.putChild(parent, name, child);
                        copies.named(parent, after);
                        copies.post();
                        return after;
                    },
                    source,
                    parent);
            watch.advanced(1, Usage.spaceOf(made.length()));
            return new TreeJobs.Cloned(copy, 1, TreeSum.of(made).space());
        }

        TreeJobs.Cloned tree(long source, Attr attr, long parent, Name name) throws FileError {
            long top = inodes.next();
            DetachedTrees.Lease begun = detached.begin(
                    top,
                    transaction -> {
                        Attr now = requireThere(transaction.attr(source), source);
                        InodeCopies copies = copies(transaction);
                        copies.make(source, now, top, 0);
                        copies.post();
                    },
                    source);
            built(begun, () -> {
                watch.advanced(1, Usage.spaceOf(0));
                new TreeWalk<>(engine.reads(), this, watch)
                        .run(new TreeWalk.Folder<>(source, null, top), options.threads());
                detached.attach(begun, parent, name, below.get());
            });
            return new TreeJobs.Cloned(
                    top,
                    below.get().inodes() + 1,
                    below.get().space() + TreeSum.of(attr).space());
        }

        /** A file of more chunks than one transaction copies is built in a tree of its own. */
        TreeJobs.Cloned largeFile(long source, Attr attr, long parent, Name name) throws FileError {
            long top = inodes.next();
            long copy = inodes.next();
            DetachedTrees.Lease begun = detached.begin(top, transaction -> {
                Attr folder =
                        AttrDraft.of(FileType.DIRECTORY, 0700, 0, 0, now()).done();
                transaction.putAttr(top, folder);
                accounts.ledger().made(folder).post(transaction);
            });
            built(begun, () -> {
                Large file = transactions.run(
                        transaction -> {
                            Attr now = requireThere(transaction.attr(source), source);
                            transaction.witness(reads -> reads.attr(copy) != null);
                            InodeCopies copies = copies(transaction);
                            Attr made = copies.make(source, now, copy, top);
                            transaction.putChild(top, INSIDE, new Child(FileType.FILE, copy));
                            copies.unseen(top, Ledger.statsOf(made));
                            copies.post();
                            return new Large(source, copy, made);
                        },
                        source,
                        top);
                fill(file);
                detached.release(begun, INSIDE, parent, name);
            });
            return new TreeJobs.Cloned(copy, 1, TreeSum.of(attr).space());
        }

        private void built(DetachedTrees.Lease begun, Building building) throws FileError {
            lease = begun;
            boolean whole = false;
            try {
                building.build();
                whole = true;
            } finally {
                if (!whole) {
                    takeBack(begun);
                }
            }
        }

        private void takeBack(DetachedTrees.Lease begun) {
            try {
                detached.delete(begun);
            } catch (FileError e) {
                LOG.warn("what was copied of a tree stays until it is found to be abandoned", e);
            }
        }

        @Override
        public List<TreeWalk.Folder<Long>> entries(TreeWalk.Folder<Long> folder, List<Dentry> entries)
                throws FileError {
            var below = new ArrayList<TreeWalk.Folder<Long>>();
            List<@Nullable Attr> attrs =
                    engine.reads().attrs(entries.stream().map(Dentry::inode).toList());
            var some = new ArrayList<Item>();
            int chunks = 0;
            for (int i = 0; i < entries.size(); i++) {
                Attr attr = attrs.get(i);
                int more = attr == null || InodeCopies.isLarge(attr) ? 0 : InodeCopies.chunksOf(attr);
                if (some.size() == entriesAtOnce || chunks + more > chunksAtOnce) {
                    copy(folder, some, below);
                    some.clear();
                    chunks = 0;
                }
                chunks += more;
                some.add(new Item(entries.get(i).name(), entries.get(i).inode(), inodes.next()));
            }
            copy(folder, some, below);
            return below;
        }

        private void copy(TreeWalk.Folder<Long> folder, List<Item> items, List<TreeWalk.Folder<Long>> below)
                throws FileError {
            if (items.isEmpty()) {
                return;
            }
            watch.requireGoingOn();
            Objects.requireNonNull(lease).keep();
            // The sources are watched and not locked: so many locks would keep everybody else out.
            Batch batch = transactions.run(
                    transaction -> copied(transaction, folder.inode, folder.knows, items), folder.knows);
            this.below.accumulateAndGet(batch.made(), DirectoryStats::plus);
            watch.advanced(batch.made().inodes(), batch.made().space());
            for (Large file : batch.files()) {
                fill(file);
            }
            for (Item item : batch.folders()) {
                below.add(new TreeWalk.Folder<>(item.inode(), folder, item.copy()));
            }
        }

        /** Copies what the names of {@code directory} stand for now; those that are gone are passed over. */
        private Batch copied(MetaTransaction transaction, long directory, long into, List<Item> items)
                throws FileError {
            var points = new ArrayList<Point>();
            points.add(new Point.Attributes(into));
            items.forEach(item -> points.add(new Point.Entry(directory, item.name())));
            transaction.expect(points.toArray(Point[]::new));
            Attr folder = Directories.require(transaction, into);
            List<Item> there = new ArrayList<>();
            for (Item item : items) {
                Child child = transaction.child(directory, item.name());
                if (child != null) {
                    there.add(new Item(item.name(), child.inode(), item.copy()));
                }
            }
            transaction.expect(there.stream()
                    .map(item -> new Point.Attributes(item.inode()))
                    .toArray(Point[]::new));
            InodeCopies copies = copies(transaction);
            transaction.witness(Witness.REPEAT);
            var batch = new Batch(new ArrayList<>(), new ArrayList<>(), DirectoryStats.NONE);
            DirectoryStats made = DirectoryStats.NONE;
            Map<Owner, DirectoryStats> owners = new LinkedHashMap<>();
            for (Item item : there) {
                Attr attr = transaction.attr(item.inode());
                if (attr == null) {
                    continue;
                }
                Attr copy = copies.make(item.inode(), attr, item.copy(), into);
                var child = new Child(attr.type(), item.copy());
                transaction.putChild(into, item.name(), child);
                transaction.witness(reads -> child.equals(reads.child(into, item.name())));
                made = made.plus(Ledger.statsOf(copy));
                owners.merge(Owner.of(copy), Ledger.statsOf(copy), DirectoryStats::plus);
                if (child.isDirectory()) {
                    accounts.countFromNothing(transaction, item.copy());
                    batch.folders().add(item);
                } else if (InodeCopies.isLarge(copy)) {
                    batch.files().add(new Large(item.inode(), item.copy(), copy));
                }
            }
            requireRoom(owners);
            if (!batch.folders().isEmpty()) {
                AttrDraft linked = new AttrDraft(folder);
                linked.nlink += batch.folders().size();
                transaction.putAttr(into, linked.done());
            }
            copies.unseen(into, made);
            copies.post();
            return new Batch(batch.folders(), batch.files(), made);
        }

        /** The data of a large file whose copy is there already; it has no chunk behind its length. */
        private void fill(Large file) throws FileError {
            int bound = InodeCopies.chunksOf(file.attr());
            List<Integer> chunks;
            int next = 0;
            do {
                watch.requireGoingOn();
                Objects.requireNonNull(lease).keep();
                chunks = engine.reads().chunks(file.source(), next, bound, InodeCopies.CHUNKS_AT_ONCE);
                List<Integer> some =
                        chunks.stream().filter(chunk -> chunk < bound).toList();
                if (some.isEmpty()) {
                    return;
                }
                transactions.run(
                        transaction -> {
                            if (transaction.attr(file.copy()) == null) {
                                throw new FileError(FileError.Kind.IO, "the copy was taken for abandoned");
                            }
                            transaction.witness(reads -> hasAny(reads, file.copy(), some));
                            InodeCopies copies = copies(transaction);
                            copies.copyChunks(file.source(), file.copy(), some);
                            copies.post();
                            return true;
                        },
                        file.source(),
                        file.copy());
                next = some.getLast() + 1;
            } while (chunks.size() == InodeCopies.CHUNKS_AT_ONCE && next < bound);
        }

        private void requireRoom(Map<Owner, DirectoryStats> owners) throws FileError {
            for (Map.Entry<Owner, DirectoryStats> owner : owners.entrySet()) {
                DirectoryStats more = owner.getValue();
                accounts.requireRoom(
                        more.space(),
                        more.inodes(),
                        owner.getKey().uid(),
                        owner.getKey().gid(),
                        List.of());
            }
        }
    }

    /** Whose room a copy takes. */
    private record Owner(int uid, int gid) {
        static Owner of(Attr attr) {
            return new Owner(attr.uid(), attr.gid());
        }
    }

    @FunctionalInterface
    private interface Building {
        void build() throws FileError;
    }

    private static boolean hasAny(MetaReads reads, long inode, List<Integer> chunks) throws FileError {
        for (int chunk : chunks) {
            if (!reads.slices(inode, chunk).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static Attr requireThere(@Nullable Attr attr, long inode) throws FileError {
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        return attr;
    }
}
