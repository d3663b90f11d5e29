package io.blockring.meta.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/*
 *   reader                      somebody of this process
 *   ask()          number 7
 *     the engine answers: old
 *                               changes the record
 *                               forget(key)    number 8, stripe of the key: 8
 *   learn(old, 7)  8 > 7: not kept
 */
/**
 * What is known of one kind of record: answers of the tree, each with the time of its question, in limited number.
 *
 * <p>Questions, answers and changes are numbered. An answer is kept only if nothing that may be newer came since it was
 * asked for: no change of ours of its record (the last one's number is kept for each of {@link #STRIPES} groups of keys),
 * and no other answer for the same key. Of two answers whose questions overlap and that differ, nobody knows which is
 * older, so neither is kept. To forget too much costs one question; to keep too much would show the past.
 *
 * <p>A hit takes no lock: it is one read of a concurrent map, and Caffeine's note of it for the eviction, which goes into a
 * buffer that is dropped where it is full or busy. Now and then one caller, who never waits for another, works that
 * buffer off.
 */
final class Facts<K, V> {
    private static final int STRIPE_BITS = 12;
    private static final int STRIPES = 1 << STRIPE_BITS;

    /** Spreads hash codes that differ in a few bits (Knuth's multiplicative hashing). */
    private static final int GOLDEN_RATIO = 0x9E37_79B9;

    /** An answer and when it was asked for and kept. */
    private record Fact<V>(V value, long keptAs, long askedNanos) {}

    private final Cache<K, Fact<V>> facts;
    private final long longestNanos;
    private final AtomicLong numbers;
    private final LongSupplier nanos;
    private final AtomicLongArray changedAt = new AtomicLongArray(STRIPES);

    /**
     * Nothing is known at first.
     *
     * @param limit of keys
     * @param longest nothing is kept for longer, and nothing at all where it is zero
     * @param numbers of all questions, answers and changes
     */
    Facts(long limit, Duration longest, AtomicLong numbers, LongSupplier nanos) {
        this.longestNanos = longest.toNanos();
        this.numbers = numbers;
        this.nanos = nanos;
        this.facts = Caffeine.newBuilder()
                .maximumSize(limit)
                .expireAfterWrite(longest)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                // In the place of what goes, nothing may come that was asked for before it.
                .evictionListener((@Nullable K key, @Nullable Fact<V> _, RemovalCause _) -> {
                    if (key != null) {
                        refuseOlder(key);
                    }
                })
                .build();
    }

    /** The value of a key, where it was asked for less than {@code maxNanos} of it ago. */
    @Nullable
    V find(K key, ToLongFunction<V> maxNanos) {
        Fact<V> fact = facts.getIfPresent(key);
        if (fact == null || nanos.getAsLong() - fact.askedNanos() >= maxNanos.applyAsLong(fact.value())) {
            return null;
        }
        return fact.value();
    }

    /** Keeps an answer if it is certain to be none of the past. */
    void learn(K key, V value, Question question) {
        if (longestNanos > 0) {
            facts.asMap().compute(key, (_, known) -> newer(known, key, value, question));
        }
    }

    private @Nullable Fact<V> newer(@Nullable Fact<V> known, K key, V value, Question question) {
        if (known != null && known.keptAs() > question.number()) {
            if (known.value().equals(value)) {
                return known;
            }
            refuseOlder(key);
            return null;
        }
        if (changedAt.get(stripeOf(key)) > question.number()) {
            return null;
        }
        return new Fact<>(value, numbers.incrementAndGet(), question.nanos());
    }

    /** Takes note that the record was changed: no answer to a question before this is kept. */
    void forget(K key) {
        // In this order: who learns meanwhile either sees the number or is undone.
        refuseOlder(key);
        // Not remove(), which need not wait for one who is about to keep the first answer for the key.
        facts.asMap().compute(key, (_, _) -> null);
    }

    private void refuseOlder(K key) {
        changedAt.accumulateAndGet(stripeOf(key), numbers.incrementAndGet(), Math::max);
    }

    private static int stripeOf(Object key) {
        return (key.hashCode() * GOLDEN_RATIO) >>> (Integer.SIZE - STRIPE_BITS);
    }

    /** About how many are kept. */
    long size() {
        return facts.estimatedSize();
    }
}
