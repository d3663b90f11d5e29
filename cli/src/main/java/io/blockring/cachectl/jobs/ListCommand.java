package io.blockring.cachectl.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.cachectl.files.VolumeFacts;
import io.blockring.meta.FileError;
import io.blockring.meta.volume.VolumeException;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.SessionFound;
import io.blockring.proto.jobs.SessionsJob;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code cachectl volume ls}: volumes, and who uses them. */
@Command(
        name = "ls",
        description = {
            "List volumes with the sessions that use them, also those of other machines and of JuiceFS.",
            "Without META_URL: the volumes that are mounted on this machine by this user."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl volume ls",
            "  cachectl volume ls redis://127.0.0.1:6379/1 redis://127.0.0.1:6379/2 -o json"
        })
public final class ListCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A session as it is shown; {@code age} is empty where its client does not write when it began. */
    record ShownSession(
            long id,
            String host,
            String mountPoint,
            String version,
            long pid,
            String since,
            String age,
            boolean alive) {}

    /** A volume as it is shown; {@code problem} says why nothing is known of it, and is empty else. */
    record ShownVolume(
            String meta,
            String name,
            String uuid,
            String storage,
            String bucket,
            List<ShownSession> sessions,
            String problem) {}

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "META_URL", arity = "0..*", description = "The volumes' metadata engines.")
    private List<String> metas = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        var volumes = new ArrayList<ShownVolume>();
        for (String meta : metas) {
            volumes.add(shown(meta));
        }
        for (String meta : metas.isEmpty() ? mounted() : List.<String>of()) {
            try {
                volumes.add(shown(meta));
            } catch (FileError | VolumeException e) {
                // A mount of another version, or one that just ended, does not hide the others.
                volumes.add(new ShownVolume(meta, "", "", "", "", List.of(), String.valueOf(e.getMessage())));
            }
        }
        if (common.isJson()) {
            Output.json(volumes);
        } else {
            print(volumes);
        }
        return 0;
    }

    private static ShownVolume shown(String meta) throws Exception {
        VolumeFacts facts = VolumeFacts.of(MetaTarget.uri(meta));
        return new ShownVolume(
                MetaTarget.shown(meta),
                facts.name(),
                facts.uuid().toString(),
                facts.storage(),
                facts.bucket(),
                sessions(meta),
                "");
    }

    private static List<String> mounted() throws IOException {
        return new RunningMounts(Places.ofThisUser())
                .all().stream()
                        .map(RunningMounts.RunningMount::metaUrl)
                        .distinct()
                        .toList();
    }

    private static List<ShownSession> sessions(String meta) throws Exception {
        var sessions = new ArrayList<ShownSession>();
        var request = JobRequest.newBuilder()
                .setSessions(SessionsJob.getDefaultInstance())
                .build();
        try (JobRunner runner = MetaTarget.open(meta, true)) {
            JobRun.run("ls", runner, request, event -> sessions.add(shown(event)));
        }
        return sessions;
    }

    private static ShownSession shown(JobEvent event) {
        SessionFound session = event.getSession();
        JsonNode info = info(session);
        String since = info.path("MountTime").asText();
        return new ShownSession(
                session.getId(),
                info.path("HostName").asText(),
                info.path("MountPoint").asText(),
                info.path("Version").asText(),
                info.path("ProcessID").asLong(),
                since,
                age(since),
                session.getExpiresAt() >= Instant.now().getEpochSecond());
    }

    private static JsonNode info(SessionFound session) {
        try {
            return JSON.readTree(
                    session.getInfo().isEmpty()
                            ? new byte[] {'{', '}'}
                            : session.getInfo().toByteArray());
        } catch (IOException _) {
            return JSON.createObjectNode(); // another client's words are none of ours to mend
        }
    }

    private static String age(String since) {
        try {
            Duration age = Duration.between(OffsetDateTime.parse(since).toInstant(), Instant.now());
            return age.toDays() > 0
                    ? age.toDays() + " d"
                    : age.toHours() > 0 ? age.toHours() + " h" : age.toMinutes() + " min";
        } catch (DateTimeParseException _) {
            return "";
        }
    }

    private static void print(List<ShownVolume> volumes) {
        for (ShownVolume volume : volumes) {
            if (!volume.problem().isEmpty()) {
                System.out.println(volume.meta() + "  " + volume.problem());
                continue;
            }
            System.out.println(volume.name() + "  " + volume.uuid() + "  " + volume.meta() + "  " + volume.bucket());
            if (volume.sessions().isEmpty()) {
                System.out.println("  no sessions");
                continue;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("  SESSION", "HOST", "MOUNT POINT", "VERSION", "PID", "AGE", "STATE"));
            for (ShownSession session : volume.sessions()) {
                rows.add(List.of(
                        "  " + session.id(),
                        session.host(),
                        session.mountPoint(),
                        session.version(),
                        Long.toString(session.pid()),
                        session.age(),
                        session.alive() ? "alive" : "dead"));
            }
            Output.table(rows);
        }
    }
}
