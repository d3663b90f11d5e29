package io.blockring.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** A value that a case is to reach, or not to exceed, and whether it did. */
@JsonPropertyOrder({"what", "goal", "value", "met"})
record Goal(String what, String goal, double value, boolean met) {
    static Goal atLeast(String what, double limit, double value) {
        return new Goal(what, "at least " + limit, value, value >= limit);
    }

    static Goal atMost(String what, double limit, double value) {
        return new Goal(what, "at most " + limit, value, value <= limit);
    }
}
