package io.blockring.mount.jobs;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.tree.TreeJobs;
import io.blockring.proto.jobs.ChunkSlice;
import io.blockring.proto.jobs.InfoJob;
import io.blockring.proto.jobs.InodeInfo;
import io.blockring.proto.jobs.JobEvent;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is at a path. */
final class InodeInfos {
    private InodeInfos() {}

    static void run(OpenVolume volume, InfoJob job, JobListener listener) throws FileError {
        Entry found = VolumePath.find(volume.tree(), job.getPath().toByteArray());
        TreeJobs jobs = volume.tree().jobs();
        TreeJobs.InodeInfo known = jobs.info(found.inode());
        Attr attr = known.attr();
        var info = InodeInfo.newBuilder()
                .setInode(found.inode())
                .setType(attr.type().name().toLowerCase(Locale.ROOT))
                .setLength(attr.length())
                .setLinks(attr.nlink())
                .setMode(attr.mode())
                .setUid(attr.uid())
                .setGid(attr.gid())
                .setMtimeSeconds(attr.mtime().seconds())
                .setCtimeSeconds(attr.ctime().seconds())
                .addAllParents(
                        attr.parent() > 0
                                ? List.of(attr.parent())
                                : known.parents().keySet())
                .addAllPaths(known.paths());
        if (job.getRecursive()) {
            var question = new TreeJobs.Question(0, 0, job.getStrict(), TreeJobs.THREADS);
            info.setBelow(
                    TreeUsages.message(jobs.usage(found.inode(), question, new WatchedJob("entries", volume, listener))
                            .sum()));
        }
        if (listener.hear(JobEvent.newBuilder().setInode(info).build()) && job.getSlices()) {
            tellSlices(volume, found.inode(), attr, listener);
        }
    }

    private static void tellSlices(OpenVolume volume, long inode, Attr attr, JobListener listener) throws FileError {
        if (attr.type() != FileType.FILE) {
            return;
        }
        Map<Integer, List<SliceRecord>> some = volume.tree().jobs().chunks(inode, 0);
        while (!some.isEmpty()) {
            for (Map.Entry<Integer, List<SliceRecord>> chunk : some.entrySet()) {
                for (SliceRecord slice : chunk.getValue()) {
                    if (!listener.hear(event(volume, chunk.getKey(), slice))) {
                        return;
                    }
                }
            }
            some = volume.tree().jobs().chunks(inode, Collections.max(some.keySet()) + 1);
        }
    }

    private static JobEvent event(OpenVolume volume, int chunk, SliceRecord slice) {
        var told = ChunkSlice.newBuilder()
                .setChunk(chunk)
                .setPosition(slice.position())
                .setSliceId(slice.sliceId())
                .setSize(slice.size())
                .setOffset(slice.offset())
                .setLength(slice.length());
        int blockBytes = volume.format().blockBytes();
        if (!slice.isZeros() && slice.length() > 0) {
            for (int block = slice.offset() / blockBytes;
                    block <= (slice.offset() + slice.length() - 1) / blockBytes;
                    block++) {
                int plainBytes = Math.min(blockBytes, slice.size() - block * blockBytes);
                told.addObjects(volume.layout().blockKey(slice.sliceId(), block, plainBytes));
            }
        }
        return JobEvent.newBuilder().setSlice(told).build();
    }
}
