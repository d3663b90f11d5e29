package io.blockring.group;

import java.util.regex.Pattern;

/** What groups and nodes may be called: it must fit into object keys, folders and tables. */
final class Names {
    private static final Pattern ALLOWED = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");

    private Names() {}

    static String check(String name, String ofWhat) {
        if (!ALLOWED.matcher(name).matches()) {
            throw new IllegalArgumentException("the name of a " + ofWhat
                    + " has 1 to 63 letters, digits, '.', '_' or '-' and starts with a letter or digit; not '" + name
                    + "'");
        }
        return name;
    }
}
