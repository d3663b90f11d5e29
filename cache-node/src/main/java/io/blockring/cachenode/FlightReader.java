package io.blockring.cachenode;

import io.blockring.proto.blockprotocol.Ask;

/** A reader on a flight: which bytes it wants, and how many of them it has. */
final class FlightReader {
    private final Ask.Request request;
    private final Flight flight;
    private final long deadlineNanos;
    private int at;

    FlightReader(Ask.Request request, Flight flight, long deadlineNanos) {
        this.request = request;
        this.flight = flight;
        this.deadlineNanos = deadlineNanos;
        this.at = request.offset();
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

    /** Where its range ends; in a block of a length that is not known yet, nowhere. */
    int to() {
        int bytes = flight.heldBytes();
        return bytes == Flight.UNKNOWN ? Integer.MAX_VALUE : BlockDesk.endOf(request, bytes);
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void sentTo(int offset) {
        at = offset;
    }

    boolean hasSent() {
        return at > request.offset();
    }

    boolean isDone() {
        return at == to();
    }
}
