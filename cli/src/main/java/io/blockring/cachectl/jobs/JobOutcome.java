package io.blockring.cachectl.jobs;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.Output;
import io.blockring.meta.FileError;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobFinding;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.TreeChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a job told: its results, and what it found on the way. */
final class JobOutcome {
    /** Failures that are printed one by one. */
    private static final int SHOWN_FAILURES = 20;

    /** Failures that JSON lists; more are counted. */
    private static final int KEPT_FINDINGS = 10_000;

    /** Results that are kept; a command that gets more says so. */
    private static final int KEPT_RESULTS = 100_000;

    private final List<JobEvent> results = new ArrayList<>();
    private final List<JobFinding> findings = new ArrayList<>();
    private long findingCount;
    private long resultCount;

    /** Runs a job that changes trees or tells about them; {@code name} is on its progress line. */
    static JobOutcome of(String name, JobRunner runner, JobRequest request) throws FileError, ObjectStoreException {
        var outcome = new JobOutcome();
        JobRun.run(name, runner, request, event -> {
            if (event.hasFinding()) {
                outcome.add(event.getFinding());
            } else {
                outcome.add(event);
            }
        });
        if (outcome.resultCount > KEPT_RESULTS) {
            System.err.printf("only the first %d of %d results are shown%n", KEPT_RESULTS, outcome.resultCount);
        }
        return outcome;
    }

    private void add(JobFinding finding) {
        findingCount++;
        if (findings.size() < KEPT_FINDINGS) {
            findings.add(finding);
        }
    }

    private void add(JobEvent result) {
        resultCount++;
        if (results.size() < KEPT_RESULTS) {
            results.add(result);
        }
    }

    List<JobEvent> results() {
        return results;
    }

    /** The one result of a job; a job that ended without one was told to end. */
    JobEvent result() {
        if (results.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.INTERRUPTED,
                    "INTERRUPTED",
                    "the job ended before it was done",
                    "it was told to end, or the mount is being unmounted",
                    "run it again");
        }
        return results.getLast();
    }

    TreeChange change() {
        return result().getChange();
    }

    /** Prints what was done, and what failed; the status is that of a job of which some items failed, or of none. */
    int print(CommonOptions common, Map<String, Object> fields, String sentence) {
        boolean whole = findings.isEmpty();
        if (common.isJson()) {
            var all = new LinkedHashMap<>(fields);
            all.put("state", whole ? "succeeded" : "partial");
            all.put("failureCount", findingCount);
            all.put("failures", findings.stream().map(JobOutcome::fields).toList());
            Output.json(all);
        } else {
            System.out.println(sentence);
            if (!whole) {
                printFailures();
            }
        }
        return (whole ? ExitCode.OK : ExitCode.PARTIAL).status();
    }

    private void printFailures() {
        System.err.println("error: " + findingCount + " entries are as they were");
        for (JobFinding finding : findings.subList(0, Math.min(SHOWN_FAILURES, findings.size()))) {
            System.err.println("why: " + finding.getText());
        }
        if (findingCount > SHOWN_FAILURES) {
            System.err.println("why: ... and " + (findingCount - SHOWN_FAILURES) + " more");
        }
        System.err.println("try: the same command with -o json, which lists more of them");
    }

    private static Map<String, Object> fields(JobFinding finding) {
        return Map.of(
                "path", finding.getPath().toStringUtf8(), "code", finding.getCode(), "message", finding.getText());
    }
}
