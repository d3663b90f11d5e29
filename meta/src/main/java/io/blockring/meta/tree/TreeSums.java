package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayDeque;
import java.util.List;

/** What whole trees hold, by walking them. Changes that are made meanwhile may be counted or not. */
final class TreeSums {
    /** Entries that one step of a walk takes into memory. */
    private static final int AT_ONCE = 1000;

    private final MetaReads reads;

    TreeSums(MetaReads reads) {
        this.reads = reads;
    }

    /** What is below the directory that an entry names; nothing where it names none. */
    DirectoryStats below(long directory, Name name) throws FileError {
        Child child = reads.child(directory, name);
        return child != null && child.isDirectory() ? below(child.inode()) : DirectoryStats.NONE;
    }

    /** What is below a directory, at any depth. */
    DirectoryStats below(long directory) throws FileError {
        DirectoryStats sum = DirectoryStats.NONE;
        var left = new ArrayDeque<Long>(List.of(directory));
        while (!left.isEmpty()) {
            long at = left.removeLast();
            Name after = null;
            List<Dentry> some;
            do {
                some = reads.children(at, after, AT_ONCE);
                sum = sum.plus(directly(some));
                for (Dentry entry : some) {
                    after = entry.name();
                    if (entry.type() == FileType.DIRECTORY) {
                        left.addLast(entry.inode());
                    }
                }
            } while (some.size() == AT_ONCE);
        }
        return sum;
    }

    /** What lies directly in a directory. */
    DirectoryStats in(long directory) throws FileError {
        DirectoryStats sum = DirectoryStats.NONE;
        Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, AT_ONCE);
            sum = sum.plus(directly(some));
            after = some.isEmpty() ? null : some.getLast().name();
        } while (some.size() == AT_ONCE);
        return sum;
    }

    private DirectoryStats directly(List<Dentry> entries) throws FileError {
        DirectoryStats sum = DirectoryStats.NONE;
        for (Attr attr : reads.attrs(entries.stream().map(Dentry::inode).toList())) {
            sum = attr == null ? sum : sum.plus(Ledger.statsOf(attr));
        }
        return sum;
    }
}
