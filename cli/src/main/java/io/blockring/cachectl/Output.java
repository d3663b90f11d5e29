package io.blockring.cachectl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Standard output: data as a table for people, or as JSON for programs. */
public final class Output {
    /** How a command prints what it found. */
    public enum Format {
        table,
        json
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private Output() {}

    /** One line of JSON; records and maps become objects. */
    public static void json(Object value) {
        System.out.println(toJson(value));
    }

    static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(value.getClass() + " has no JSON form", e);
        }
    }

    /** Columns wide enough for what is in them; the first row is the heading. */
    public static void table(List<List<String>> rows) {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                if (column == widths.size()) {
                    widths.add(0);
                }
                widths.set(column, Math.max(widths.get(column), row.get(column).length()));
            }
        }
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                line.append(row.get(column));
                if (column < row.size() - 1) {
                    line.append(" ".repeat(widths.get(column) - row.get(column).length() + 2));
                }
            }
            System.out.println(line);
        }
    }

    /** The three lines of a failure on {@code stream}, or the same fields as JSON on standard output. */
    static void failure(CommandFailure failure, Format format, PrintStream stream) {
        if (format == Format.json) {
            json(new ErrorDocument(new ErrorFields(
                    failure.code(),
                    failure.what(),
                    failure.why(),
                    failure.hint(),
                    failure.exitCode().status())));
            return;
        }
        stream.println("error: " + failure.what());
        stream.println("why: " + failure.why());
        stream.println("try: " + failure.hint());
    }

    /** What JSON readers find when a command failed. */
    record ErrorDocument(ErrorFields error) {}

    /** The fields of a failure; {@code hint} is the next command to type. */
    record ErrorFields(String code, String message, String why, String hint, int exitCode) {}
}
