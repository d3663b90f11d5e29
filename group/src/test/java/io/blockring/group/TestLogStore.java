package io.blockring.group;

import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** A log store in memory that loses answers when told to, and counts. */
final class TestLogStore implements LogStore {
    private final ConcurrentSkipListMap<String, byte[]> values = new ConcurrentSkipListMap<>();
    private final List<Runnable> late = new ArrayList<>();
    private @Nullable Random faults;
    private @Nullable Kind down;
    private int asked;
    private int left = Integer.MAX_VALUE;

    /** From now on every fourth create or so goes wrong in one of the ways there are. */
    synchronized TestLogStore losingAnswers(Random random) {
        faults = random;
        return this;
    }

    /** From now on every request fails in this way, or none when it is null. */
    synchronized void setDown(@Nullable Kind kind) {
        down = kind;
        asked = 0;
    }

    /** How often it was asked since it went down. */
    synchronized int asked() {
        return asked;
    }

    @Override
    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
        checkUp();
        switch (nextFault(16)) {
            case 0 -> {
                createNow(key, value);
                throw new ObjectStoreException(Kind.UNCLEAR, "the answer is lost");
            }
            case 1 -> throw new ObjectStoreException(Kind.RETRY, "slow down");
            case 2 -> throw new ObjectStoreException(Kind.UNCLEAR, "the request is lost");
            case 3 -> {
                postpone(() -> values.putIfAbsent(key, value.clone()));
                throw new ObjectStoreException(Kind.UNCLEAR, "the request is on its way");
            }
            default -> createNow(key, value);
        }
        doLate();
    }

    private void createNow(String key, byte[] value) throws ObjectStoreException {
        if (values.putIfAbsent(key, value.clone()) != null) {
            throw new ObjectStoreException(Kind.EXISTS, key + " exists");
        }
    }

    private synchronized int nextFault(int bound) {
        return faults == null ? bound : faults.nextInt(bound);
    }

    private synchronized void postpone(Runnable request) {
        late.add(request);
    }

    /** No more answers get lost, and what was long under way arrives. */
    synchronized void heal() {
        faults = null;
        doLate();
    }

    private synchronized void doLate() {
        late.forEach(Runnable::run);
        late.clear();
    }

    @Override
    public Optional<byte[]> read(String key) throws ObjectStoreException {
        checkUp();
        if (nextFault(20) == 0) {
            throw new ObjectStoreException(Kind.RETRY, "slow down");
        }
        return Optional.ofNullable(values.get(key)).map(byte[]::clone);
    }

    @Override
    public void replace(String key, byte[] value) throws ObjectStoreException {
        checkUp();
        values.put(key, value.clone());
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        checkUp();
        values.remove(key);
    }

    @Override
    public List<String> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        checkUp();
        return values.tailMap(prefix, true).keySet().stream()
                .filter(key -> key.startsWith(prefix) && (after == null || key.compareTo(after) > 0))
                .limit(limit)
                .toList();
    }

    private synchronized void checkUp() throws ObjectStoreException {
        asked++;
        if (left < Integer.MAX_VALUE && left-- <= 0) {
            throw new ObjectStoreException(Kind.UNCLEAR, "the writer stopped here");
        }
        if (down != null) {
            throw new ObjectStoreException(down, "the store is down");
        }
    }

    /** Reads without any fault. */
    Optional<byte[]> now(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** Lets this many requests through before all fail. */
    synchronized void failAfter(int requests) {
        left = requests;
    }

    /** All keys there are. */
    List<String> keys() {
        return List.copyOf(values.keySet());
    }
}
