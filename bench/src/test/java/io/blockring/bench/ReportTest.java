package io.blockring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final long GB = 1_000_000_000L;
    private static final Machine MACHINE =
            new Machine("abc", "2026-01-01T00:00:00Z", "Some CPU", 2, 23.5, "6.18", "25", "cubic", 0.1);

    @Test
    void theJsonHasItsKeysInOneOrder() throws JsonProcessingException {
        assertThat(report().json()).isEqualTo("""
                {
                  "figure" : "some-figure",
                  "machine" : {
                    "commit" : "abc",
                    "date" : "2026-01-01T00:00:00Z",
                    "cpu" : "Some CPU",
                    "cores" : 2,
                    "memoryGib" : 23.5,
                    "kernel" : "6.18",
                    "jdk" : "25",
                    "tcpCongestion" : "cubic",
                    "loadAverage" : 0.1
                  },
                  "bytes" : 67108864,
                  "requestBytes" : 4194304,
                  "cases" : [
                    {
                      "transport" : "tcp",
                      "streams" : 1,
                      "rounds" : 1,
                      "series" : {
                        "limit" : {
                          "gbPerSecond" : {
                            "median" : 1.0,
                            "min" : 1.0,
                            "max" : 1.0
                          },
                          "cpuSecondsPerGb" : { }
                        },
                        "ours" : {
                          "gbPerSecond" : {
                            "median" : 0.5,
                            "min" : 0.5,
                            "max" : 0.5
                          },
                          "ratioToLimit" : {
                            "median" : 0.5,
                            "min" : 0.5,
                            "max" : 0.5
                          },
                          "cpuSecondsPerGb" : {
                            "node" : {
                              "median" : 0.2,
                              "min" : 0.2,
                              "max" : 0.2
                            },
                            "client" : {
                              "median" : 0.3,
                              "min" : 0.3,
                              "max" : 0.3
                            }
                          }
                        }
                      }
                    }
                  ],
                  "goals" : [
                    {
                      "what" : "ratio",
                      "goal" : "at least 0.8",
                      "value" : 0.5,
                      "met" : false
                    }
                  ]
                }
                """);
    }

    @Test
    void theTableSaysWhichGoalIsMissed() {
        assertThat(report().table())
                .contains("tcp 1")
                .contains("0.50 (0.50-0.50)")
                .contains("node 0.20 (0.20-0.20)")
                .contains("MISS ratio: 0.500, goal at least 0.8");
    }

    @Test
    void aGoalIsMetAtItsLimit() {
        assertThat(Goal.atLeast("", 0.8, 0.8).met()).isTrue();
        assertThat(Goal.atLeast("", 0.8, 0.79).met()).isFalse();
        assertThat(Goal.atMost("", 0.25, 0.25).met()).isTrue();
        assertThat(Goal.atMost("", 0.25, 0.26).met()).isFalse();
    }

    private static Report report() {
        var cpu = new LinkedHashMap<String, Double>();
        cpu.put("node", 0.2);
        cpu.put("client", 0.3);
        var round = new LinkedHashMap<String, Run>();
        round.put(Case.LIMIT, new Run(GB, 1, Map.of()));
        round.put(Case.OURS, new Run(GB, 2, cpu));
        var measured = new Case("tcp", 1);
        measured.add(round);
        return new Report(
                "some-figure",
                MACHINE,
                64 << 20,
                Pattern.BLOCK_BYTES,
                List.of(measured.summary()),
                List.of(Goal.atLeast("ratio", 0.8, 0.5)));
    }
}
