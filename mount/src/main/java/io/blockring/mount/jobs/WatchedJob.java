package io.blockring.mount.jobs;

import com.google.protobuf.ByteString;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.tree.JobWatch;
import io.blockring.proto.jobs.JobFinding;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells a listener, from one thread at a time, what the many threads of a job do; and the kernel of what changed beneath
 * it. A job whose listener is gone ends.
 */
final class WatchedJob implements JobWatch {
    private static final long TELL_EVERY_NANOS = 200_000_000;

    private final String unit;
    private final String top;
    private final OpenVolume volume;
    private final JobListener listener;
    private final LongAdder done = new LongAdder();
    private final LongAdder total = new LongAdder();
    private final AtomicLong told = new AtomicLong(System.nanoTime());
    private final ReentrantLock telling = new ReentrantLock();
    private volatile boolean stopped;

    WatchedJob(String unit, OpenVolume volume, JobListener listener) {
        this(unit, "", volume, listener);
    }

    /** @param top path of the tree, which paths of failures begin with */
    WatchedJob(String unit, String top, OpenVolume volume, JobListener listener) {
        this.top = top;
        this.unit = unit;
        this.volume = volume;
        this.listener = listener;
    }

    @Override
    public void expects(long items, long bytes) {
        total.add(items);
    }

    @Override
    public void advanced(long items, long bytes) {
        done.add(items);
        long last = told.get();
        long now = System.nanoTime();
        if (now - last > TELL_EVERY_NANOS && told.compareAndSet(last, now)) {
            tell(() -> listener.progress(unit, done.sum(), total.sum()));
        }
    }

    @Override
    public void failed(String path, FileError why) {
        String text = top + path + ": " + why.getMessage();
        tell(() -> listener.found(JobFinding.newBuilder()
                .setCode(why.kind().name())
                .setText(text)
                .setPath(ByteString.copyFromUtf8(top + path))
                .build()));
    }

    private void tell(Telling what) {
        telling.lock();
        try {
            if (!stopped && !what.tell()) {
                stopped = true;
            }
        } finally {
            telling.unlock();
        }
    }

    @Override
    public void entryChanged(long directory, Name name) {
        volume.kernel().forgetEntry(directory, name);
    }

    @Override
    public void inodeChanged(long inode) {
        volume.kernel().forgetInode(inode, 0, 0);
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    @FunctionalInterface
    private interface Telling {
        boolean tell();
    }
}
