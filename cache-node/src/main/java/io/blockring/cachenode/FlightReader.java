package io.blockring.cachenode;

import io.blockring.proto.blockprotocol.Ask;

/** A reader on a flight: which bytes it wants, and how many of them it has. */
final class FlightReader {
    private final Ask.Request request;
    private final Flight flight;
    private final int from;
    private final int to;
    private final long deadlineNanos;
    private int at;

    FlightReader(Ask.Request request, Flight flight, int from, int to, long deadlineNanos) {
        this.request = request;
        this.flight = flight;
        this.from = from;
        this.to = to;
        this.deadlineNanos = deadlineNanos;
        this.at = from;
    }

    Ask.Request request() {
        return request;
    }

    Flight flight() {
        return flight;
    }

    int at() {
        return at;
    }

    int to() {
        return to;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void sentTo(int offset) {
        at = offset;
    }

    boolean hasSent() {
        return at > from;
    }

    boolean isDone() {
        return at == to;
    }
}
