package io.blockring.blockstore;

import java.util.concurrent.atomic.LongAdder;

/** What has happened to a tier since it was opened. */
final class TierCounters {
    final LongAdder hits = new LongAdder();
    final LongAdder fills = new LongAdder();
    final LongAdder evictedBlocks = new LongAdder();
    final LongAdder evictedBytes = new LongAdder();
    final LongAdder corrupt = new LongAdder();
    final LongAdder torn = new LongAdder();
    final LongAdder diskErrors = new LongAdder();
}
