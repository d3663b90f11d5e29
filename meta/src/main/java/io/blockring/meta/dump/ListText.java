package io.blockring.meta.dump;

/** What stands between the elements of a list in JSON. */
final class ListText {
    private final String lead;
    private boolean empty = true;

    /** A list whose elements each begin with {@code lead}. */
    ListText(String lead) {
        this.lead = lead;
    }

    boolean isEmpty() {
        return empty;
    }

    /** What stands in front of the next element. */
    String lead() {
        String text = empty ? lead : "," + lead;
        empty = false;
        return text;
    }

    /** The end of the list: {@code close}, on a line of its own where there was an element. */
    String end(String close) {
        return empty ? close.strip() : close;
    }
}
