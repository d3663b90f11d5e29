package io.blockring.cachectl;

import picocli.CommandLine.Option;

/** What every command understands. */
public final class CommonOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "How to print the result: table or json (default: table).")
    Output.Format output = Output.Format.table;

    @Option(
            names = {"-v", "--verbose"},
            description = "With an error, say where it came from.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    public boolean isJson() {
        return output == Output.Format.json;
    }
}
