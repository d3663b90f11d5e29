package io.blockring.systemtests;

import io.blockring.group.GroupAdmin;
import io.blockring.group.GroupLogException;
import io.blockring.group.GroupSettings;
import io.blockring.group.ObjectLogStore;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.S3ObjectStore;
import io.blockring.objectstore.S3Settings;
import io.blockring.objectstore.StoreAddress;
import io.blockring.systemtests.rig.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that writes one record into the log of a group, as an administrator's command does; it can be stopped while
 * it does.
 */
final class LogWriter {
    private static final int EXIT_FAILED = 1;

    private static final S3Settings PATIENT =
            new S3Settings(4, Duration.ofSeconds(2), Duration.ofMinutes(2), Duration.ofMinutes(2));

    private LogWriter() {}

    /** Its command line, to create the group with these settings or to change them. */
    static List<String> command(String what, String endpoint, String bucket, String group, GroupSettings settings) {
        return new ArrayList<>(List.of(
                Program.javaCommand(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LogWriter.class.getName(),
                what,
                endpoint,
                bucket,
                group,
                Long.toString(settings.downGraceMillis()),
                Long.toString(settings.lossIntervalMillis())));
    }

    /**
     * Arguments: {@code create|change|change-patiently ENDPOINT BUCKET GROUP DOWN_GRACE_MILLIS LOSS_INTERVAL_MILLIS};
     * patiently it waits minutes for an answer of the store.
     */
    public static void main(String[] arguments) throws Exception {
        String what = arguments[0];
        var address = (StoreAddress.S3) StoreAddress.parse("s3://" + arguments[2], arguments[1], null);
        var keys = new Credentials(System.getenv("BLOCKRING_ACCESS_KEY"), System.getenv("BLOCKRING_SECRET_KEY"));
        var settings = new GroupSettings(Long.parseLong(arguments[4]), Long.parseLong(arguments[5]));
        boolean patient = what.equals("change-patiently");
        try (var store = patient
                ? new ObjectLogStore(S3ObjectStore.open(address, keys, PATIENT))
                : ObjectLogStore.open(address, keys)) {
            var admin = new GroupAdmin(store, arguments[3]);
            var state = what.equals("create") ? admin.create(settings) : admin.changeSettings(settings);
            System.out.println("record " + state.number());
        } catch (GroupLogException e) {
            System.out.println(e.kind() + ": " + e.getMessage());
            System.exit(EXIT_FAILED);
        }
    }
}
