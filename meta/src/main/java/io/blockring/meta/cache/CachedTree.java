package io.blockring.meta.cache;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeUsage;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A tree whose reads are answered from memory where that is allowed. What changes it goes to the tree itself. */
final class CachedTree implements FileTree {
    private final FileTree tree;
    private final TreeCache cache;

    CachedTree(FileTree tree, TreeCache cache) {
        this.tree = tree;
        this.cache = cache;
    }

    @Override
    public Entry lookup(long parent, Name name) throws FileError {
        switch (cache.entry(parent, name)) {
            case TreeCache.Known.Missing _ ->
                throw new FileError(FileError.Kind.NOT_FOUND, "no such entry a moment ago");
            case TreeCache.Known.There(long inode) -> {
                Attr attr = cache.attributes(inode);
                if (attr != null) {
                    return new Entry(inode, attr);
                }
            }
            case null -> {}
        }
        Question question = cache.ask();
        try {
            Entry entry = tree.lookup(parent, name);
            cache.learnEntry(parent, name, entry, question);
            return entry;
        } catch (FileError e) {
            if (e.kind() == FileError.Kind.NOT_FOUND) {
                cache.learnMissing(parent, name, question);
            }
            throw e;
        }
    }

    @Override
    public Attr attributes(long inode) throws FileError {
        Attr known = cache.attributes(inode);
        if (known != null) {
            return known;
        }
        Question question = cache.ask();
        Attr attr = tree.attributes(inode);
        cache.learn(inode, attr, question);
        return attr;
    }

    @Override
    public List<Dentry> list(long directory, @Nullable Name after, int limit, boolean withAttributes) throws FileError {
        Question question = cache.ask();
        List<Dentry> entries = tree.list(directory, after, limit, withAttributes);
        for (Dentry entry : entries) {
            Attr attr = entry.attr();
            if (attr != null) {
                cache.learnEntry(directory, entry.name(), new Entry(entry.inode(), attr), question);
            }
        }
        return entries;
    }

    /** Always asks, but where the open-cache says otherwise; what it learns takes the place of what was known. */
    @Override
    public Attr open(long inode) throws FileError {
        var believed = new AtomicBoolean();
        Question question = cache.ask();
        Attr attr = tree.open(inode, () -> {
            Attr known = cache.openAttributes(inode);
            believed.set(known != null);
            return known;
        });
        cache.opened(inode, attr);
        if (!believed.get()) {
            cache.learn(inode, attr, question);
        }
        return attr;
    }

    @Override
    public Attr open(long inode, Supplier<@Nullable Attr> known) throws FileError {
        return tree.open(inode, known);
    }

    @Override
    public void close(long inode) throws FileError {
        tree.close(inode);
    }

    @Override
    public List<SliceRecord> slices(long inode, int chunk) throws FileError {
        long age = cache.age(inode);
        List<SliceRecord> known = cache.slices(inode, chunk, age);
        if (known != null) {
            return known;
        }
        List<SliceRecord> slices = tree.slices(inode, chunk);
        cache.learnSlices(inode, chunk, age, slices);
        return slices;
    }

    @Override
    public void distrust(long inode) {
        cache.forget(inode);
        tree.distrust(inode);
    }

    @Override
    public VolumeFormat format() {
        return tree.format();
    }

    @Override
    public Attr change(Caller caller, long inode, AttrChange change) throws FileError {
        return tree.change(caller, inode, change);
    }

    @Override
    public Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError {
        return tree.makeNode(caller, parent, name, type, mode, rdev);
    }

    @Override
    public Entry create(Caller caller, long parent, Name name, int mode) throws FileError {
        return tree.create(caller, parent, name, mode);
    }

    @Override
    public Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        return tree.makeDirectory(caller, parent, name, mode);
    }

    @Override
    public Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        return tree.makeSymlink(caller, parent, name, target);
    }

    @Override
    public byte[] readSymlink(long inode) throws FileError {
        return tree.readSymlink(inode);
    }

    @Override
    public void unlink(Caller caller, long parent, Name name) throws FileError {
        tree.unlink(caller, parent, name);
    }

    @Override
    public void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        tree.removeDirectory(caller, parent, name);
    }

    @Override
    public void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode)
            throws FileError {
        tree.rename(caller, parent, name, newParent, newName, mode);
    }

    @Override
    public Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError {
        return tree.link(caller, inode, newParent, newName);
    }

    @Override
    public long newSliceId() throws FileError {
        return tree.newSliceId();
    }

    @Override
    public Attr append(long inode, int chunk, SliceRecord slice, Timestamp mtime) throws FileError {
        return tree.append(inode, chunk, slice, mtime);
    }

    @Override
    public Attr truncate(Caller caller, long inode, long length) throws FileError {
        return tree.truncate(caller, inode, length);
    }

    @Override
    public Attr zeroRange(long inode, long offset, long length, boolean keepSize) throws FileError {
        return tree.zeroRange(inode, offset, length, keepSize);
    }

    @Override
    public Copied copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
            throws FileError {
        return tree.copyRange(source, sourceOffset, target, targetOffset, length);
    }

    @Override
    public Attr accessed(long inode, Timestamp at, AccessTimes times) throws FileError {
        return tree.accessed(inode, at, times);
    }

    @Override
    public byte[] extendedAttribute(long inode, Name name) throws FileError {
        return tree.extendedAttribute(inode, name);
    }

    @Override
    public List<Name> extendedAttributes(long inode) throws FileError {
        return tree.extendedAttributes(inode);
    }

    @Override
    public void setExtendedAttribute(long inode, Name name, byte[] value, AttributeMode mode) throws FileError {
        tree.setExtendedAttribute(inode, name, value, mode);
    }

    @Override
    public void removeExtendedAttribute(long inode, Name name) throws FileError {
        tree.removeExtendedAttribute(inode, name);
    }

    @Override
    public @Nullable AclRule acl(long inode, AclKind kind) throws FileError {
        return tree.acl(inode, kind);
    }

    @Override
    public void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        tree.setAcl(caller, inode, kind, rule);
    }

    /** Never from memory: others take locks too. */
    @Override
    public FileLocks locks() {
        return tree.locks();
    }

    @Override
    public VolumeUsage usage() throws FileError {
        return tree.usage();
    }

    @Override
    public void sync() throws FileError {
        tree.sync();
    }

    @Override
    public void close() {
        tree.close();
    }
}
