package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Compacts every chunk of a file, or of all files of a tree, that is made of several slices. */
final class TreeCompaction {
    private static final int CHUNKS_AT_ONCE = 1000;

    private final MetaReads reads;
    private final Compaction compaction;

    TreeCompaction(MetaReads reads, Compaction compaction) {
        this.reads = reads;
        this.compaction = compaction;
    }

    TreeJobs.Compacted compact(long inode, int threads, JobWatch watch) throws FileError {
        Attr attr = reads.attr(inode);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        var run = new Run(watch);
        if (attr.type() == FileType.DIRECTORY) {
            new TreeWalk<>(reads, run, watch).run(new TreeWalk.Folder<>(inode, null, ""), threads);
        } else if (attr.type() == FileType.FILE) {
            run.file("", inode, attr);
        }
        return new TreeJobs.Compacted(
                run.files.sum(), run.chunks.sum(), run.slicesBefore.sum(), run.slicesAfter.sum(), run.failed.sum());
    }

    private final class Run implements TreeWalk.Visitor<String> {
        private final JobWatch watch;
        private final LongAdder files = new LongAdder();
        private final LongAdder chunks = new LongAdder();
        private final LongAdder slicesBefore = new LongAdder();
        private final LongAdder slicesAfter = new LongAdder();
        private final LongAdder failed = new LongAdder();

        Run(JobWatch watch) {
            this.watch = watch;
        }

        @Override
        public List<TreeWalk.Folder<String>> entries(TreeWalk.Folder<String> folder, List<Dentry> entries)
                throws FileError {
            var below = new ArrayList<TreeWalk.Folder<String>>();
            List<Dentry> found = entries.stream()
                    .filter(entry -> entry.type() == FileType.FILE)
                    .toList();
            List<@Nullable Attr> attrs =
                    reads.attrs(found.stream().map(Dentry::inode).toList());
            for (int i = 0; i < found.size(); i++) {
                Attr attr = attrs.get(i);
                if (attr != null) {
                    watch.requireGoingOn();
                    file(folder.knows + "/" + found.get(i).name(), found.get(i).inode(), attr);
                }
            }
            for (Dentry entry : entries) {
                if (entry.type() == FileType.DIRECTORY) {
                    below.add(new TreeWalk.Folder<>(entry.inode(), folder, folder.knows + "/" + entry.name()));
                }
            }
            return below;
        }

        void file(String path, long inode, Attr attr) throws FileError {
            files.increment();
            try {
                int bound = InodeCopies.chunksOf(attr);
                int next = 0;
                List<Integer> some;
                do {
                    some = reads.chunks(inode, next, bound, CHUNKS_AT_ONCE);
                    for (int chunk : some) {
                        watch.requireGoingOn();
                        chunk(inode, chunk);
                        next = chunk + 1;
                    }
                } while (some.size() == CHUNKS_AT_ONCE);
            } catch (FileError e) {
                if (e.kind() == FileError.Kind.INTERRUPTED || e.kind() == FileError.Kind.READ_ONLY) {
                    throw e;
                }
                failed.increment();
                watch.failed(path, e);
            }
            watch.advanced(1, attr.length());
        }

        private void chunk(long inode, int chunk) throws FileError {
            int before = reads.slices(inode, chunk).size();
            int now = before;
            boolean fewer = now > 1;
            while (fewer) {
                compaction.compact(inode, chunk);
                int after = reads.slices(inode, chunk).size();
                fewer = after > 1 && after < now;
                now = after;
            }
            slicesBefore.add(before);
            slicesAfter.add(now);
            if (now < before) {
                chunks.increment();
            }
        }
    }
}
