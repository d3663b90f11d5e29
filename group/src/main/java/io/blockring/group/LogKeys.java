package io.blockring.group;

import java.util.OptionalLong;

/**
 * Where the parts of a group's log are.
 *
 * <pre>
 * GROUP/log/00000000000000000017        record 17
 * GROUP/snapshot/00000000000000000064   the state behind record 64
 * GROUP/check/NONCE/7                   while a store is being checked
 * </pre>
 */
record LogKeys(String group) {
    private static final int DIGITS = 20;

    LogKeys {
        Names.check(group, "group");
    }

    String record(long number) {
        return group + "/log/" + digits(number);
    }

    String snapshot(long number) {
        return snapshots() + digits(number);
    }

    String snapshots() {
        return group + "/snapshot/";
    }

    String check(String nonce) {
        return group + "/check/" + nonce + "/";
    }

    /** The number in the key of a snapshot; empty when it is none. */
    OptionalLong snapshotNumber(String key) {
        String number = key.substring(snapshots().length());
        boolean isNumber = number.length() == DIGITS && number.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber && number.charAt(0) == '0' ? OptionalLong.of(Long.parseLong(number)) : OptionalLong.empty();
    }

    private static String digits(long number) {
        return "%020d".formatted(number);
    }
}
