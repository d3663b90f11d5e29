package io.blockring.mount.jobs;

import com.google.protobuf.ByteString;
import io.blockring.meta.FileError;
import io.blockring.meta.dump.Dump;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.tree.SettingChange;
import io.blockring.meta.tree.SettingChanges;
import io.blockring.proto.jobs.DumpJob;
import io.blockring.proto.jobs.DumpResult;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.SessionFound;
import io.blockring.proto.jobs.SettingJob;
import io.blockring.proto.jobs.SettingResult;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Jobs that need the records of a volume, and none of its objects. */
final class MetaJobs {
    /** Bytes of a dump in one event. */
    private static final int PART_BYTES = 256 << 10;

    private MetaJobs() {}

    static void dump(MetaEngine engine, DumpJob job, JobListener listener) throws FileError {
        var parts = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteString part = ByteString.copyFrom(bytes, offset, length);
                if (!listener.hear(JobEvent.newBuilder().setDumpPart(part).build())) {
                    throw new IOException("nobody listens any more");
                }
            }
        };
        var options = new Dump.Options(job.getKeepSecrets(), job.getSkipTrash());
        try (var out = new BufferedOutputStream(parts, PART_BYTES)) {
            Dump.Result result = Dump.write(engine, options, out, done -> listener.progress("entries", done, 0));
            out.flush();
            listener.hear(JobEvent.newBuilder()
                    .setDump(
                            DumpResult.newBuilder().setEntries(result.entries()).addAllDamaged(result.damaged()))
                    .build());
        } catch (IOException e) {
            throw new FileError(FileError.Kind.INTERRUPTED, "the dump was not taken: " + e.getMessage(), e);
        }
    }

    static void change(MetaEngine engine, SettingJob job, JobListener listener) throws FileError {
        SettingChanges.Result result = SettingChanges.make(engine, changeOf(job), job.getForce(), Instant.now());
        listener.hear(JobEvent.newBuilder()
                .setSetting(SettingResult.newBuilder()
                        .addAllChanged(result.changed())
                        .setNeedsRemount(result.needsRemount())
                        .setSessions(result.sessions()))
                .build());
    }

    private static SettingChange changeOf(SettingJob job) {
        return new SettingChange(
                job.hasTrashDays() ? job.getTrashDays() : null,
                job.hasCapacityBytes() ? job.getCapacityBytes() : null,
                job.hasInodeLimit() ? job.getInodeLimit() : null,
                job.hasDirectoryStats() ? job.getDirectoryStats() : null,
                job.hasEnableAcl() ? job.getEnableAcl() : null,
                text(job.hasStorage(), job.getStorage()),
                text(job.hasBucket(), job.getBucket()),
                text(job.hasAccessKey(), job.getAccessKey()),
                text(job.hasSecretKey(), job.getSecretKey()),
                text(job.hasMinClientVersion(), job.getMinClientVersion()),
                text(job.hasMaxClientVersion(), job.getMaxClientVersion()));
    }

    private static @Nullable String text(boolean given, String value) {
        return given ? value : null;
    }

    static void sessions(MetaEngine engine, JobListener listener) throws FileError {
        MetaReads reads = engine.reads();
        engine.scans().sessions().forEach(session -> {
            byte[] info = reads.sessionInfo(session.id());
            JobFindings.requireHeard(listener.hear(JobEvent.newBuilder()
                    .setSession(SessionFound.newBuilder()
                            .setId(session.id())
                            .setExpiresAt(session.expiresAt())
                            .setInfo(info == null ? ByteString.EMPTY : ByteString.copyFrom(info)))
                    .build()));
        });
    }
}
