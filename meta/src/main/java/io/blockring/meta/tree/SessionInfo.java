package io.blockring.meta.tree;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Who has a volume mounted, for others to read: the JSON of a session. */
public record SessionInfo(String hostName, String mountPoint, long processId, Instant since) {
    /** The client version of the volume format whose rules we keep; others judge us by it. */
    static final String VERSION = "1.3.0";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A session that begins now. */
    public SessionInfo(String hostName, String mountPoint, long processId) {
        this(hostName, mountPoint, processId, Instant.now());
    }

    /** This process at {@code mountPoint}. */
    public static SessionInfo ofThisProcess(String hostName, String mountPoint) {
        return new SessionInfo(hostName, mountPoint, ProcessHandle.current().pid());
    }

    byte[] toJson() {
        ObjectNode json = JSON.createObjectNode()
                .put("Version", VERSION)
                .put("HostName", hostName)
                .put("MountPoint", mountPoint)
                .put("MountTime", since.toString())
                .put("ProcessID", processId);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}
