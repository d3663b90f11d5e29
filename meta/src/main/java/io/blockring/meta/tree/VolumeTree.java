package io.blockring.meta.tree;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeUsage;
import io.blockring.meta.engine.ChangeListener;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tree of files of a volume in an engine: puts the rules together and checks what all of them share. */
public final class VolumeTree implements FileTree {
    /** How often {@link #heartbeat} is to be called. */
    public static final Duration HEARTBEAT = Sessions.HEARTBEAT;

    /** How often {@link #flushSums} is to be called. */
    public static final Duration SUMS_FLUSH = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(VolumeTree.class);
    private static final long FIRST_INODE = 2;
    private static final long FIRST_SLICE = 1;

    /**
     * How a volume is used.
     *
     * @param readOnly nothing at all is written, not even a session
     * @param inodeBatch inodes taken from the volume's counter at once
     * @param sliceBatch slice ids taken at once
     */
    public record Settings(boolean readOnly, int inodeBatch, int sliceBatch, SessionInfo session) {
        private static final int INODES_AT_ONCE = 1024;
        private static final int SLICES_AT_ONCE = 4096;

        /** The usual settings of a mount. */
        public static Settings of(boolean readOnly, SessionInfo session) {
            return new Settings(readOnly, INODES_AT_ONCE, SLICES_AT_ONCE, session);
        }
    }

    private final MetaEngine engine;
    private final boolean readOnly;
    private final Executor background;
    private final @Nullable ThreadPoolExecutor ownBackground;
    private final Lookups lookups;
    private final AccessRecords accessRecords;
    private final Creation creation;
    private final Removal removal;
    private final Renaming renaming;
    private final AttributeChanges attributeChanges;
    private final ExtendedAttributes extendedAttributes;
    private final Acls acls;
    private final FileData fileData;
    private final RangeCopy rangeCopy;
    private final Compaction compaction;
    private final OpenFiles openFiles;
    private final Locks locks;
    private final Sessions sessions;
    private final Housekeeping housekeeping;
    private final Leftovers leftovers;
    private final DeadData deadData;
    private final Usage usage;
    private final DirectoryQuotas directoryQuotas;
    private final TreeJobs jobs;
    private final Ids sliceIds;
    private volatile VolumeSetting setting;
    private volatile boolean closed;

    private VolumeTree(
            MetaEngine engine,
            VolumeSetting setting,
            Settings settings,
            SliceObjects objects,
            ChunkRewriter rewriter,
            VolumeClock clock,
            Executor background,
            long session,
            ChangeListener listener) {
        this.engine = engine;
        this.setting = setting;
        this.readOnly = settings.readOnly();
        this.background = background;
        this.ownBackground = background instanceof ThreadPoolExecutor pool ? pool : null;
        var transactions = new Transactions(engine, new InodeLocks(), listener);
        var inodes = new Ids(engine, Counter.NEXT_INODE, settings.inodeBatch(), FIRST_INODE);
        usage = new Usage(engine.reads(), this::format);
        directoryQuotas = new DirectoryQuotas(engine, this::upkeep);
        var accounts = new Accounts(engine.reads(), usage, directoryQuotas, this::upkeep);
        var trash = new Trash(engine, transactions, accounts, clock, this::format);
        sliceIds = new Ids(engine, Counter.NEXT_SLICE, settings.sliceBatch(), FIRST_SLICE);
        deadData = new DeadData(engine, transactions, objects, background);
        openFiles = new OpenFiles(engine, transactions, accounts, clock, session);
        lookups = new Lookups(engine);
        accessRecords = new AccessRecords(transactions);
        acls = new Acls(engine, transactions, clock, this::aclEnabled);
        creation = new Creation(transactions, accounts, inodes, acls, clock);
        removal = new Removal(engine.reads(), transactions, trash, openFiles, accounts, deadData, clock);
        renaming = new Renaming(transactions, accounts, new TreeSums(engine.reads()), trash, removal, deadData, clock);
        attributeChanges = new AttributeChanges(transactions, accounts, acls, clock);
        extendedAttributes = new ExtendedAttributes(engine.reads(), transactions);
        compaction = new Compaction(
                engine, transactions, sliceIds, rewriter, objects, deadData, this::format, background, clock);
        fileData = new FileData(engine, transactions, accounts, compaction, deadData, clock);
        rangeCopy = new RangeCopy(engine, transactions, accounts, compaction, clock);
        locks = new Locks(engine, session, this::requireWritable);
        sessions = new Sessions(engine, transactions, openFiles, locks, deadData, clock, settings.session(), session);
        var treeRemoval = new TreeRemoval(engine.reads(), removal, trash);
        housekeeping = new Housekeeping(engine, transactions, removal, treeRemoval, deadData, clock, this::format);
        leftovers = new Leftovers(engine, housekeeping, compaction, clock, this::format, readOnly);
        jobs = jobs(transactions, accounts, treeRemoval, inodes, clock);
    }

    private TreeJobs jobs(
            Transactions transactions, Accounts accounts, TreeRemoval treeRemoval, Ids inodes, InstantSource clock) {
        var treeUsage = new TreeUsage(engine.reads());
        var sums = new TreeSums(engine.reads());
        var paths = new TreePaths(engine.reads());
        var ownerSums = new OwnerSums(engine);
        var detached = new DetachedTrees(engine, transactions, accounts, treeRemoval, clock);
        var quotas = new Quotas(engine, transactions, treeUsage, ownerSums, paths, this::upkeep, this::reload);
        return new TreeJobs(
                new TreeClone(engine, transactions, accounts, treeUsage, detached, inodes, clock),
                detached,
                treeRemoval,
                new TrashRestore(engine.reads(), transactions, renaming, sums, accounts),
                new TreeCompaction(engine.reads(), compaction),
                treeUsage,
                paths,
                quotas,
                new SumsCheck(engine, transactions, quotas, ownerSums, sums, paths, accounts, this::upkeep),
                this,
                this::requireWritable);
    }

    /** Begins a session of the volume in {@code engine}, which stays the caller's to close after this. */
    public static VolumeTree mount(MetaEngine engine, Settings settings, SliceObjects objects, ChunkRewriter rewriter)
            throws FileError {
        return mount(engine, settings, objects, rewriter, ChangeListener.NONE);
    }

    /** As {@link #mount(MetaEngine, Settings, SliceObjects, ChunkRewriter)}; {@code listener} hears of all changes. */
    public static VolumeTree mount(
            MetaEngine engine, Settings settings, SliceObjects objects, ChunkRewriter rewriter, ChangeListener listener)
            throws FileError {
        return mount(engine, settings, objects, rewriter, VolumeClock.SYSTEM, Background.start(), listener);
    }

    static VolumeTree mount(
            MetaEngine engine,
            Settings settings,
            SliceObjects objects,
            ChunkRewriter rewriter,
            VolumeClock clock,
            Executor background)
            throws FileError {
        return mount(engine, settings, objects, rewriter, clock, background, ChangeListener.NONE);
    }

    static VolumeTree mount(
            MetaEngine engine,
            Settings settings,
            SliceObjects objects,
            ChunkRewriter rewriter,
            VolumeClock clock,
            Executor background,
            ChangeListener listener)
            throws FileError {
        VolumeSetting setting = readSetting(engine);
        List<String> objections = setting.objections(settings.readOnly());
        if (!objections.isEmpty()) {
            throw new FileError(FileError.Kind.NOT_SUPPORTED, "the volume is not mounted: " + objections.getFirst());
        }
        long session = settings.readOnly() ? 0 : Sessions.newId(engine);
        var tree = new VolumeTree(engine, setting, settings, objects, rewriter, clock, background, session, listener);
        if (!settings.readOnly()) {
            tree.begin(background);
        }
        return tree;
    }

    private static VolumeSetting readSetting(MetaEngine engine) throws FileError {
        byte[] json = engine.reads().setting();
        if (json == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "there is no volume in these metadata");
        }
        return VolumeSetting.recorded(json);
    }

    /** An engine of our own has no other client: what the last one left undone is done now. */
    private void begin(Executor background) throws FileError {
        directoryQuotas.reload();
        sessions.begin();
        if (engine.exclusive()) {
            Background.run(background, "cleaning up after the last mount", () -> {
                housekeeping.deleteFiles(Instant.MAX);
                housekeeping.deleteSlices();
            });
        }
    }

    /**
     * Says that the session lives, reads the settings again, and does what is due for the volume. To be called every
     * {@link #HEARTBEAT}; fails with NOT_FOUND when the volume is gone or is another one now.
     */
    public void heartbeat() throws FileError {
        reload();
        if (!readOnly) {
            sessions.heartbeat();
            locks.giveBackOwed();
            engine.flushUsage();
            // It may take long, and the session must say again that it lives.
            Background.run(background, "housekeeping", housekeeping::run);
        }
    }

    /** Reads the settings again, and which directories have quotas. */
    private void reload() throws FileError {
        VolumeSetting now = readSetting(engine);
        if (!now.format().uuid().equals(setting.format().uuid())) {
            throw new FileError(FileError.Kind.NOT_FOUND, "another volume has taken the place of this one");
        }
        setting = now;
        if (!readOnly) {
            directoryQuotas.reload();
        }
    }

    private boolean aclEnabled() {
        return setting.aclEnabled();
    }

    /** Work on whole trees. */
    public TreeJobs jobs() {
        return jobs;
    }

    private Upkeep upkeep() {
        return setting.upkeep();
    }

    /** Writes what was gathered of sums; to be called every {@link #SUMS_FLUSH}. */
    public void flushSums() throws FileError {
        if (!readOnly) {
            engine.flushUsage();
        }
    }

    @Override
    public VolumeFormat format() {
        return setting.format();
    }

    @Override
    public Entry lookup(long parent, Name name) throws FileError {
        requireOpen();
        return lookups.lookup(parent, name);
    }

    @Override
    public Attr attributes(long inode) throws FileError {
        requireOpen();
        return lookups.attributes(inode);
    }

    @Override
    public Attr change(Caller caller, long inode, AttrChange change) throws FileError {
        requireWritable();
        return attributeChanges.change(caller, inode, change);
    }

    @Override
    public Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError {
        requireWritable();
        return creation.makeNode(caller, parent, name, type, mode, rdev);
    }

    @Override
    public Entry create(Caller caller, long parent, Name name, int mode) throws FileError {
        requireWritable();
        return creation.makeOpenFile(caller, parent, name, mode, openFiles);
    }

    @Override
    public Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        requireWritable();
        return creation.makeDirectory(caller, parent, name, mode);
    }

    @Override
    public Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        requireWritable();
        return creation.makeSymlink(caller, parent, name, target);
    }

    @Override
    public byte[] readSymlink(long inode) throws FileError {
        requireOpen();
        return lookups.readSymlink(inode);
    }

    @Override
    public void unlink(Caller caller, long parent, Name name) throws FileError {
        requireWritable();
        removal.unlink(caller, parent, name);
    }

    @Override
    public void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        requireWritable();
        removal.removeDirectory(caller, parent, name);
    }

    @Override
    public void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode)
            throws FileError {
        requireWritable();
        renaming.rename(caller, parent, name, newParent, newName, mode);
    }

    @Override
    public Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError {
        requireWritable();
        return creation.link(inode, newParent, newName);
    }

    @Override
    public List<Dentry> list(long directory, @Nullable Name after, int limit, boolean withAttributes) throws FileError {
        requireOpen();
        return lookups.list(directory, after, limit, withAttributes);
    }

    @Override
    public Attr open(long inode) throws FileError {
        return open(inode, () -> null);
    }

    @Override
    public Attr open(long inode, Supplier<@Nullable Attr> known) throws FileError {
        requireOpen();
        return openFiles.open(inode, known);
    }

    @Override
    public void close(long inode) throws FileError {
        requireOpen();
        DeletedFile deleted = openFiles.close(inode);
        deadData.deleteSoon(deleted);
    }

    @Override
    public long newSliceId() throws FileError {
        requireWritable();
        return sliceIds.next();
    }

    @Override
    public List<SliceRecord> slices(long inode, int chunk) throws FileError {
        requireOpen();
        return fileData.slices(inode, chunk);
    }

    @Override
    public Attr accessed(long inode, Timestamp at, AccessTimes times) throws FileError {
        requireWritable();
        return accessRecords.record(inode, at, times);
    }

    @Override
    public Attr append(long inode, int chunk, SliceRecord slice, Timestamp mtime) throws FileError {
        requireWritable();
        return fileData.append(inode, chunk, slice, mtime);
    }

    @Override
    public Attr truncate(Caller caller, long inode, long length) throws FileError {
        requireWritable();
        return fileData.truncate(caller, inode, length);
    }

    @Override
    public Attr zeroRange(long inode, long offset, long length, boolean keepSize) throws FileError {
        requireWritable();
        return fileData.zeroRange(inode, offset, length, keepSize);
    }

    @Override
    public Copied copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
            throws FileError {
        requireWritable();
        return rangeCopy.copy(source, sourceOffset, target, targetOffset, length);
    }

    /** Makes one slice of the many of a chunk; returns whether it has fewer records now. */
    public boolean compact(long inode, int chunk) throws FileError {
        requireWritable();
        return compaction.compact(inode, chunk);
    }

    @Override
    public byte[] extendedAttribute(long inode, Name name) throws FileError {
        requireOpen();
        return extendedAttributes.get(inode, name);
    }

    @Override
    public List<Name> extendedAttributes(long inode) throws FileError {
        requireOpen();
        return acls.withNames(inode, extendedAttributes.names(inode));
    }

    @Override
    public void setExtendedAttribute(long inode, Name name, byte[] value, AttributeMode mode) throws FileError {
        requireWritable();
        extendedAttributes.set(inode, name, value, mode);
    }

    @Override
    public void removeExtendedAttribute(long inode, Name name) throws FileError {
        requireWritable();
        extendedAttributes.remove(inode, name);
    }

    /** The records below, for work on all of them; it stays with this tree. */
    public MetaEngine engine() throws FileError {
        requireOpen();
        return engine;
    }

    /** The same, where they may be changed; fails with READ_ONLY where not. */
    public MetaEngine writableEngine() throws FileError {
        requireWritable();
        return engine;
    }

    /** Whether the volume keeps statistics of its directories. */
    public boolean countsDirectories() {
        return upkeep().directoryStats();
    }

    /** What waits for its deletion. */
    public Leftovers leftovers() throws FileError {
        requireOpen();
        return leftovers;
    }

    @Override
    public @Nullable AclRule acl(long inode, AclKind kind) throws FileError {
        requireOpen();
        return acls.get(inode, kind);
    }

    @Override
    public void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        requireWritable();
        acls.set(caller, inode, kind, rule);
    }

    @Override
    public FileLocks locks() {
        return locks;
    }

    @Override
    public VolumeUsage usage() throws FileError {
        requireOpen();
        return usage.report();
    }

    @Override
    public void sync() throws FileError {
        requireOpen();
        engine.sync();
    }

    private void requireOpen() throws FileError {
        if (closed) {
            throw new FileError(FileError.Kind.IO, "the volume is unmounted");
        }
    }

    private void requireWritable() throws FileError {
        requireOpen();
        if (readOnly) {
            throw new FileError(FileError.Kind.READ_ONLY, "the volume is mounted read-only");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (ownBackground != null) {
            Background.stop(ownBackground);
        }
        try {
            if (!readOnly) {
                sessions.end();
                engine.flushUsage();
                engine.sync();
            }
        } catch (FileError e) {
            LOG.warn("the session did not end in order; the next mount cleans up after it", e);
        }
    }
}
