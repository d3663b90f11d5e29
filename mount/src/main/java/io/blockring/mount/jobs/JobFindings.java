package io.blockring.mount.jobs;

import com.google.protobuf.ByteString;
import io.blockring.meta.FileError;
import io.blockring.meta.check.Findings;
import io.blockring.meta.check.Paths;
import io.blockring.meta.engine.MetaReads;
import io.blockring.proto.jobs.JobFinding;

/** Hands on what a check finds, with the path of what it is about; ends the check when nobody listens any more. */
final class JobFindings implements Findings {
    private final MetaReads reads;
    private final JobListener listener;

    JobFindings(MetaReads reads, JobListener listener) {
        this.reads = reads;
        this.listener = listener;
    }

    @Override
    public void found(String code, long inode, String text, boolean repaired) throws FileError {
        byte[] path = inode == 0 ? new byte[0] : Paths.of(reads, inode);
        requireHeard(listener.found(JobFinding.newBuilder()
                .setCode(code)
                .setText(text)
                .setPath(ByteString.copyFrom(path))
                .setRepaired(repaired)
                .build()));
    }

    @Override
    public void progress(String unit, long done) throws FileError {
        requireHeard(listener.progress(unit, done, 0));
    }

    static void requireHeard(boolean heard) throws FileError {
        if (!heard) {
            throw new FileError(FileError.Kind.INTERRUPTED, "nobody listens any more");
        }
    }
}
