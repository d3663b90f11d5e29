package io.blockring.cachectl;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code cachectl version}: what runs here. */
@Command(
        name = "version",
        description = "Print the version, and what it runs on.",
        footerHeading = "%nExamples:%n",
        footer = {"  cachectl version", "  cachectl version -o json"})
final class VersionCommand implements Runnable {
    /** The version of this build; the POMs say the same, which a test holds. */
    static final String VERSION = "0.1.0";

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Override
    public void run() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", VERSION);
        facts.put(
                "java",
                System.getProperty("java.vendor.version", Runtime.version().toString()));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("machine", System.getProperty("os.arch"));
        if (common.isJson()) {
            Output.json(facts);
        } else {
            System.out.println("cachectl " + VERSION + " on Java " + Runtime.version() + ", " + facts.get("system"));
        }
    }
}
