package io.blockring.group;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.zip.CRC32C;

/** A clock that jumps from event to event, and remembers which there were. */
final class SimulatedTime {
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMillis).thenComparingLong(Event::order));
    private final CRC32C history = new CRC32C();
    private long nowMillis;
    private long order;

    private record Event(long atMillis, long order, Runnable what) {}

    long nowMillis() {
        return nowMillis;
    }

    void in(long millis, Runnable what) {
        events.add(new Event(nowMillis + millis, order++, what));
    }

    /** Notes that something happened; two runs of one seed note the same. */
    void note(String what) {
        for (char c : (nowMillis + " " + what).toCharArray()) {
            history.update(c);
        }
    }

    long history() {
        return history.getValue();
    }

    void run(Duration time) {
        long end = nowMillis + time.toMillis();
        while (!events.isEmpty() && events.peek().atMillis() <= end) {
            Event event = events.remove();
            nowMillis = event.atMillis();
            event.what().run();
        }
        nowMillis = end;
    }
}
