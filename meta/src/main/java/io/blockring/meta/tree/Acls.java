package io.blockring.meta.tree;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Access control lists: what they do to modes, and the numbers by which inodes share them. A list never changes under
 * its number and is never deleted, so each is read once; two clients may give one list two numbers, which is harmless.
 */
final class Acls {
    private static final int NONE = 0;
    private static final int SET_BITS = 07000;
    private static final int SET_GROUP_ID = 02000;

    private final MetaEngine engine;
    private final Transactions transactions;
    private final InstantSource clock;
    private final BooleanSupplier enabled;
    private final Map<Integer, AclRule> rules = new ConcurrentHashMap<>();
    private final Map<AclRule, Integer> ids = new ConcurrentHashMap<>();

    Acls(MetaEngine engine, Transactions transactions, InstantSource clock, BooleanSupplier enabled) {
        this.engine = engine;
        this.transactions = transactions;
        this.clock = clock;
        this.enabled = enabled;
    }

    private void requireEnabled() throws FileError {
        if (!enabled.getAsBoolean()) {
            throw new FileError(FileError.Kind.NOT_SUPPORTED, "the volume keeps no access control lists");
        }
    }

    @Nullable
    AclRule get(long inode, AclKind kind) throws FileError {
        requireEnabled();
        int id = idIn(require(engine.reads().attr(inode), inode), kind);
        return id == NONE ? null : rule(id);
    }

    /** {@code names} and those of the lists that an inode has. */
    List<Name> withNames(long inode, List<Name> names) throws FileError {
        if (!enabled.getAsBoolean()) {
            return names;
        }
        Attr attr = require(engine.reads().attr(inode), inode);
        var all = new ArrayList<>(names);
        for (AclKind kind : AclKind.values()) {
            if (idIn(attr, kind) != NONE) {
                all.add(Name.of(kind.attributeName()));
            }
        }
        return all;
    }

    private static int idIn(Attr attr, AclKind kind) {
        return switch (kind) {
            case ACCESS -> attr.accessAcl();
            case DEFAULT -> attr.defaultAcl();
        };
    }

    private static Attr require(@Nullable Attr attr, long inode) throws FileError {
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        return attr;
    }

    /** Gives an inode a list, or with null takes it away; the mode goes with the one that grants access. */
    void set(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError {
        requireEnabled();
        requireWhole(rule);
        transactions.run(
                transaction -> {
                    Attr attr = require(transaction.attr(inode), inode);
                    requireMayChange(caller, attr, kind, rule);
                    AttrDraft draft = new AttrDraft(attr);
                    switch (kind) {
                        case ACCESS -> setAccess(caller, draft, rule);
                        case DEFAULT -> draft.defaultAcl = rule == null ? NONE : idOf(rule.completedBy(attr.mode()));
                    }
                    if (draft.done().equals(attr)) {
                        return true;
                    }
                    draft.ctime = Timestamp.of(clock.instant());
                    Attr changed = draft.done();
                    transaction.witness(reads -> changed.equals(reads.attr(inode)));
                    transaction.putAttr(inode, changed);
                    return true;
                },
                inode);
    }

    private static void requireWhole(@Nullable AclRule rule) throws FileError {
        if (rule == null || rule.mask() != AclRule.UNSET) {
            return;
        }
        if (!rule.users().isEmpty() || !rule.groups().isEmpty()) {
            throw new FileError(FileError.Kind.INVALID, "names without a mask");
        }
    }

    private static void requireMayChange(Caller caller, Attr attr, AclKind kind, @Nullable AclRule rule)
            throws FileError {
        Flags.requireNone(attr, Flags.IMMUTABLE);
        if (!caller.isRoot() && caller.uid() != attr.uid()) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "only the owner may");
        }
        if (attr.type() == FileType.SYMLINK) {
            throw new FileError(FileError.Kind.NOT_SUPPORTED, "a symlink has no access control list");
        }
        if (kind == AclKind.DEFAULT && rule != null && attr.type() != FileType.DIRECTORY) {
            throw new FileError(FileError.Kind.NO_ACCESS, "nothing is made in what is no directory");
        }
    }

    /** A list that says no more than a mode is one. */
    private void setAccess(Caller caller, AttrDraft draft, @Nullable AclRule rule) throws FileError {
        if (rule == null) {
            draft.accessAcl = NONE;
            return;
        }
        AclRule whole = rule.completedBy(draft.mode);
        draft.accessAcl = whole.isMinimal() ? NONE : idOf(whole);
        draft.mode = (draft.mode & SET_BITS) | whole.mode();
        if (!caller.isRoot() && !caller.isInGroup(draft.gid)) {
            draft.mode &= ~SET_GROUP_ID;
        }
    }

    /** The list of a file follows a change of its mode. */
    void follow(AttrDraft draft) throws FileError {
        if (draft.accessAcl != NONE) {
            draft.accessAcl = idOf(rule(draft.accessAcl).withMode(draft.mode));
        }
    }

    /** Gives something new what the directory gives all that is made in it; else the umask counts. */
    void inherit(AttrDraft made, FileType type, Attr directory, Caller caller) throws FileError {
        if (type == FileType.SYMLINK) {
            return;
        }
        if (directory.defaultAcl() == NONE) {
            made.mode &= ~caller.umask();
            return;
        }
        AclRule rule = rule(directory.defaultAcl()).ofChild(made.mode);
        made.mode = (made.mode & SET_BITS) | rule.mode();
        made.accessAcl = rule.isMinimal() ? NONE : idOf(rule);
        if (type == FileType.DIRECTORY) {
            made.defaultAcl = directory.defaultAcl();
        }
    }

    /** Whether a caller who is not the owner has {@code wanted} by the list of a file; null where it has none. */
    @Nullable
    Boolean permits(Caller caller, Attr attr, int wanted) throws FileError {
        return attr.accessAcl() == NONE ? null : rule(attr.accessAcl()).permits(caller, attr, wanted);
    }

    private AclRule rule(int id) throws FileError {
        AclRule known = rules.get(id);
        if (known != null) {
            return known;
        }
        AclRule rule = engine.reads().acl(id);
        if (rule == null) {
            throw new FileError(FileError.Kind.IO, "there is no access control list " + Integer.toUnsignedString(id));
        }
        learn(id, rule);
        return rule;
    }

    private void learn(int id, AclRule rule) {
        rules.put(id, rule);
        ids.putIfAbsent(rule, id);
    }

    /** The number of a list, which gets one if no client has given it any. */
    private int idOf(AclRule rule) throws FileError {
        Integer known = ids.get(rule);
        if (known != null) {
            return known;
        }
        engine.scans().acls().forEach(stored -> learn(stored.id(), stored.rule()));
        known = ids.get(rule);
        if (known != null) {
            return known;
        }
        int id = (int) engine.increment(Counter.ACL_MAX_ID, 1);
        transactions.run(transaction -> {
            transaction.witness(Witness.REPEAT);
            transaction.putAcl(new StoredAcl(id, rule));
            return true;
        });
        learn(id, rule);
        return id;
    }
}
