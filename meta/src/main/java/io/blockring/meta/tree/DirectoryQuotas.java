package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.QuotaOwner;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which directories have a quota. The list is read with each heartbeat; a quota that another client has just set counts
 * from then on.
 */
final class DirectoryQuotas {
    /** Deeper than any tree; a longer way up is a loop. */
    private static final int MAX_DEPTH = 10_000;

    private final MetaEngine engine;
    private final Supplier<Upkeep> upkeep;
    private volatile Set<Long> limited = Set.of();

    DirectoryQuotas(MetaEngine engine, Supplier<Upkeep> upkeep) {
        this.engine = engine;
        this.upkeep = upkeep;
    }

    /** Reads the list again. */
    void reload() throws FileError {
        if (!upkeep.get().directoryStats()) {
            return;
        }
        var found = new HashSet<Long>();
        engine.scans().quotaOwners().forEach(owner -> {
            if (owner instanceof QuotaOwner.Directory(long inode)) {
                found.add(inode);
            }
        });
        limited = Set.copyOf(found);
    }

    /** The directories with a quota among {@code directory} and those above it; none in the trash. */
    List<QuotaOwner.Directory> above(long directory) throws FileError {
        Set<Long> now = limited;
        if (now.isEmpty()) {
            return List.of();
        }
        var owners = new ArrayList<QuotaOwner.Directory>();
        long at = directory;
        for (int i = 0; i < MAX_DEPTH && !Trash.isTrash(at); i++) {
            if (now.contains(at)) {
                owners.add(new QuotaOwner.Directory(at));
            }
            Attr attr = at == FileTree.ROOT ? null : engine.reads().attr(at);
            if (attr == null) {
                break;
            }
            at = attr.parent();
        }
        return owners;
    }
}
