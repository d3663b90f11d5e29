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

    /** Failures that JSON lists, and results that are kept. */
    private static final int KEPT = 1_000_000;

    private final List<JobEvent> results = new ArrayList<>();
    private final List<JobFinding> findings = new ArrayList<>();

    /** Runs a job that changes trees or tells about them; {@code name} is on its progress line. */
    static JobOutcome of(String name, JobRunner runner, JobRequest request) throws FileError, ObjectStoreException {
        var outcome = new JobOutcome();
        JobRun.run(name, runner, request, event -> {
            if (event.hasFinding()) {
                if (outcome.findings.size() < KEPT) {
                    outcome.findings.add(event.getFinding());
                }
            } else if (outcome.results.size() < KEPT) {
                outcome.results.add(event);
            }
        });
        return outcome;
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
        System.err.println("error: " + findings.size() + " entries are as they were");
        for (JobFinding finding : findings.subList(0, Math.min(SHOWN_FAILURES, findings.size()))) {
            System.err.println("why: " + finding.getText());
        }
        if (findings.size() > SHOWN_FAILURES) {
            System.err.println("why: ... and " + (findings.size() - SHOWN_FAILURES) + " more");
        }
        System.err.println("try: the same command with -o json, which lists them all");
    }

    private static Map<String, Object> fields(JobFinding finding) {
        return Map.of(
                "path", finding.getPath().toStringUtf8(), "code", finding.getCode(), "message", finding.getText());
    }
}
