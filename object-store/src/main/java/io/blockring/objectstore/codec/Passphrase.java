package io.blockring.objectstore.codec;

import java.util.Map;

/** The passphrase of a volume's key, empty for none. It is in no text that this class makes. */
public record Passphrase(String text) {
    public static final Passphrase NONE = new Passphrase("");

    /** The variables that may have it, the first one that is set counts: our own, and the one that JuiceFS reads. */
    private static final String[] VARIABLES = {"BLOCKRING_RSA_PASSPHRASE", "JFS_RSA_PASSPHRASE"};

    /** The passphrase that the environment gives: it is never an argument, which others can see. */
    public static Passphrase ofEnvironment(Map<String, String> environment) {
        for (String variable : VARIABLES) {
            String text = environment.getOrDefault(variable, "");
            if (!text.isEmpty()) {
                return new Passphrase(text);
            }
        }
        return NONE;
    }

    @Override
    public String toString() {
        return "Passphrase[(hidden)]";
    }
}
