package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallersTest {
    private static final int NO_SUCH_PID = Integer.MAX_VALUE;

    private static Request from(int uid, int pid) {
        return new Request(Opcode.SETATTR.code(), 2, 1, uid, 7, pid, MemorySegment.NULL);
    }

    @Test
    void aCallersGroupsAreThoseOfItsProcess() throws Exception {
        int self = Math.toIntExact(ProcessHandle.current().pid());
        List<Integer> groups = Arrays.stream(Programs.succeed("sh", "-c", "grep Groups: /proc/" + self + "/status")
                        .replace("Groups:", "")
                        .strip()
                        .split("\\s+", -1))
                .filter(group -> !group.isEmpty())
                .map(Integer::valueOf)
                .toList();

        assertThat(Callers.withGroups(from(1000, self)).groups()).isEqualTo(groups);
        assertThat(Callers.withGroups(from(1000, self)).gid()).isEqualTo(7);
    }

    @Test
    void aCallerThatCannotBeSeenHasNoGroupsAndIsNotDying() {
        assertThat(Callers.withGroups(from(1000, NO_SUCH_PID)).groups()).isEmpty();
        assertThat(Callers.withGroups(from(1000, 0)).groups()).isEmpty();
        assertThat(Callers.isDying(NO_SUCH_PID)).isFalse();
        assertThat(Callers.isDying(0)).isFalse();
    }

    @Test
    void whoRunsIsNotDying() {
        assertThat(Callers.isDying(Math.toIntExact(ProcessHandle.current().pid())))
                .isFalse();
    }
}
