package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.Program;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Where and when, and what else ran, as {@code build/machine} says for all evidence.
 *
 * @param commit of the checkout; it ends with "+changes" when files differ from it
 * @param tcpCongestion what TCP connections are controlled by; bbr costs about twice the CPU of cubic on loopback
 * @param loadAverage of the last minute, before anything was started
 */
@JsonPropertyOrder({"commit", "date", "cpu", "cores", "memoryGib", "kernel", "jdk", "tcpCongestion", "loadAverage"})
record Machine(
        String commit,
        String date,
        String cpu,
        int cores,
        double memoryGib,
        String kernel,
        String jdk,
        String tcpCongestion,
        double loadAverage) {
    static Machine now() throws IOException {
        String script = Program.checkout().resolve("build/machine").toString();
        String facts = Program.run(Map.of(), null, List.of(script)).orFail().out();
        return new ObjectMapper().readValue(facts, Machine.class);
    }
}
