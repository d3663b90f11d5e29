package io.blockring.filesystem;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pieces of blocks that are loaded before somebody reads them, within the limit of a {@link BufferPool}.
 *
 * <p>A piece belongs to its block, which never changes, so it is never out of date. It is loaded once: a reader that
 * comes while it is under way waits for it, one that comes before its turn loads it itself, and when it was read to its
 * end it goes. When the pool is full, nothing is loaded but in the place of pieces that nobody touched for a while.
 * Safe for use by many threads.
 */
final class ReadAhead {
    private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

    /** So many pieces are loaded at once. */
    static final int LOADS = 16;

    /** A piece that nobody touched for so long makes room for others. */
    static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long a reader waits for a piece that is under way. */
    private static final long WAIT_SECONDS = 60;

    private final BlockCache cache;
    private final BufferPool pool;
    private final Executor threads;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<BlockKey.Slice, List<Piece>> byBlock = new HashMap<>();
    private final Set<Piece> oldestFirst = new LinkedHashSet<>();
    private final Map<Object, Integer> piecesByOwner = new HashMap<>();
    private final Set<Piece> waiting = new LinkedHashSet<>();
    private int loaders;
    private final LongAdder loadedBytes = new LongAdder();
    private final LongAdder usedBytes = new LongAdder();
    private final LongAdder wastedBytes = new LongAdder();

    /** @param threads at least {@link #LOADS}; while they do not take what they are given, readers load for themselves */
    ReadAhead(BlockCache cache, BufferPool pool, Executor threads, LongSupplier nanos) {
        this.cache = cache;
        this.pool = pool;
        this.threads = threads;
        this.nanos = nanos;
    }

    /** A range of one block; all but the final fields are guarded by the lock. */
    private static final class Piece {
        final Object owner;
        final BlockKey.Slice key;
        final int offset;
        final int length;
        final PooledBuffer buffer;
        final CountDownLatch done = new CountDownLatch(1);
        boolean ready;
        boolean gone;
        int readers;
        long read;
        long touchedNanos;

        Piece(Object owner, BlockKey.Slice key, int offset, int length, PooledBuffer buffer, long nanos) {
            this.owner = owner;
            this.key = key;
            this.offset = offset;
            this.length = length;
            this.buffer = buffer;
            this.touchedNanos = nanos;
        }

        int end() {
            return offset + length;
        }

        boolean isUnderWay() {
            return done.getCount() > 0;
        }
    }

    /** How much memory each owner may have, that all may have as much. */
    long shareBytes() {
        lock.lock();
        try {
            return pool.limitBytes() / Math.max(1, piecesByOwner.size());
        } finally {
            lock.unlock();
        }
    }

    /** Begins to load what is not loaded of a range of a block, as far as there is room; never waits. */
    void load(Object owner, BlockKey.Slice key, int offset, int length) {
        int newLoaders = 0;
        lock.lock();
        try {
            int from = offset;
            while (from < offset + length) {
                Piece known = covering(key, from);
                if (known != null) {
                    from = known.end();
                    continue;
                }
                int count = Math.min(offset + length, nextAfter(key, from)) - from;
                PooledBuffer buffer = room(count);
                if (buffer == null) {
                    break;
                }
                var piece = new Piece(owner, key, from, count, buffer, nanos.getAsLong());
                byBlock.computeIfAbsent(key, _ -> new ArrayList<>()).add(piece);
                oldestFirst.add(piece);
                piecesByOwner.merge(owner, 1, Integer::sum);
                waiting.add(piece);
                from += count;
                if (loaders < LOADS) {
                    loaders++;
                    newLoaders++;
                }
            }
        } finally {
            lock.unlock();
        }
        for (int i = 0; i < newLoaders; i++) {
            startLoader();
        }
    }

    private void startLoader() {
        try {
            threads.execute(this::loadWaiting);
        } catch (RejectedExecutionException e) {
            LOG.debug("no thread reads ahead", e);
            endLoader();
        }
    }

    private void loadWaiting() {
        try {
            Piece piece = takeWaiting();
            while (piece != null) {
                fetch(piece);
                piece = takeWaiting();
            }
        } catch (RuntimeException | Error e) {
            endLoader();
            throw e;
        }
    }

    /** The piece that waits longest; without one, a loader is less from now on. */
    private @Nullable Piece takeWaiting() {
        lock.lock();
        try {
            for (Piece piece : waiting) {
                waiting.remove(piece);
                return piece;
            }
            loaders--;
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void endLoader() {
        lock.lock();
        try {
            loaders--;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Fills the start of {@code into} with bytes of a block from {@code offset} on, as far as one piece has them.
     *
     * @return how many, 0 when no piece has the first
     */
    int read(BlockKey.Slice key, int offset, MemorySegment into) throws InterruptedException {
        Piece piece = take(key, offset);
        if (piece == null) {
            return 0;
        }
        try (Lent lent = lendOf(piece, offset, (int) Math.min(into.byteSize(), piece.end() - offset))) {
            into.copyFrom(lent.memory());
            return (int) lent.memory().byteSize();
        }
    }

    /** Bytes of a piece, which stays while they are lent. */
    final class Lent implements FileSystem.Bytes {
        private final Piece piece;
        private final MemorySegment memory;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Lent(Piece piece, MemorySegment memory) {
            this.piece = piece;
            this.memory = memory;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public void close() {
            if (!closed.getAndSet(true)) {
                endRead(piece, (int) memory.byteSize());
            }
        }
    }

    /** Bytes of a block from {@code offset} on; null when no piece has them all, and none of them counts as read then. */
    @Nullable
    Lent lend(BlockKey.Slice key, int offset, int length) throws InterruptedException {
        Piece piece = take(key, offset);
        if (piece == null) {
            return null;
        }
        if (piece.end() - offset < length) {
            endRead(piece, 0);
            return null;
        }
        return lendOf(piece, offset, length);
    }

    private Lent lendOf(Piece piece, int offset, int length) {
        return new Lent(piece, piece.buffer.bytes().asSlice(offset - piece.offset, length));
    }

    /** The piece that has a byte of a block, loaded, with one more reader; null when none has it. */
    private @Nullable Piece take(BlockKey.Slice key, int offset) throws InterruptedException {
        Piece piece;
        boolean waits;
        lock.lock();
        try {
            piece = covering(key, offset);
            if (piece == null) {
                return null;
            }
            piece.readers++;
            waits = waiting.remove(piece);
        } finally {
            lock.unlock();
        }
        boolean taken = false;
        try {
            if (waits) {
                fetch(piece);
            }
            taken = piece.done.await(WAIT_SECONDS, TimeUnit.SECONDS) && piece.ready;
        } finally {
            if (!taken) {
                endRead(piece, 0);
            }
        }
        return taken ? piece : null;
    }

    /** How many bytes from {@code offset} on, at most {@code length}, come before the next piece of the block. */
    int gapAt(BlockKey.Slice key, int offset, int length) {
        lock.lock();
        try {
            return Math.min(offset + length, nextAfter(key, offset)) - offset;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what was loaded for {@code owner} and not read. */
    void forget(Object owner) {
        lock.lock();
        try {
            for (Piece piece : List.copyOf(oldestFirst)) {
                if (piece.owner.equals(owner)) {
                    drop(piece);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    long loadedBytes() {
        return loadedBytes.sum();
    }

    long usedBytes() {
        return usedBytes.sum();
    }

    long wastedBytes() {
        return wastedBytes.sum();
    }

    private void fetch(Piece piece) {
        boolean ready = false;
        try {
            cache.read(piece.key, piece.offset, piece.buffer.bytes().asSlice(0, piece.length));
            ready = true;
            loadedBytes.add(piece.length);
        } catch (IOException e) {
            // The reader will ask for the same bytes and be told; here nobody was promised anything.
            LOG.debug("read-ahead of {} failed", piece.key, e);
        } finally {
            endLoad(piece, ready);
        }
    }

    private void endLoad(Piece piece, boolean ready) {
        lock.lock();
        try {
            piece.ready = ready;
            piece.done.countDown();
            if (piece.gone) {
                releaseWhenUnused(piece);
            } else if (!ready) {
                drop(piece);
            }
        } finally {
            lock.unlock();
        }
    }

    private void endRead(Piece piece, int count) {
        lock.lock();
        try {
            piece.readers--;
            piece.read += count;
            piece.touchedNanos = nanos.getAsLong();
            usedBytes.add(count);
            if (piece.gone) {
                releaseWhenUnused(piece);
            } else if (piece.read >= piece.length) {
                drop(piece);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable PooledBuffer room(int bytes) {
        PooledBuffer buffer = pool.tryAcquire(bytes);
        if (buffer != null) {
            return buffer;
        }
        for (Piece piece : List.copyOf(oldestFirst)) {
            boolean stale = nanos.getAsLong() - piece.touchedNanos >= STALE_NANOS;
            if (stale && piece.readers == 0 && !piece.isUnderWay()) {
                drop(piece);
                buffer = pool.tryAcquire(bytes);
                if (buffer != null) {
                    return buffer;
                }
            }
        }
        return null;
    }

    private void drop(Piece piece) {
        piece.gone = true;
        oldestFirst.remove(piece);
        piecesByOwner.computeIfPresent(piece.owner, (_, count) -> count == 1 ? null : count - 1);
        if (waiting.remove(piece)) {
            piece.done.countDown();
        }
        List<Piece> pieces = byBlock.get(piece.key);
        if (pieces != null) {
            pieces.remove(piece);
            if (pieces.isEmpty()) {
                byBlock.remove(piece.key);
            }
        }
        releaseWhenUnused(piece);
    }

    private void releaseWhenUnused(Piece piece) {
        if (piece.readers == 0 && !piece.isUnderWay()) {
            wastedBytes.add(piece.ready ? Math.max(0, piece.length - piece.read) : 0);
            pool.release(piece.buffer);
        }
    }

    private @Nullable Piece covering(BlockKey.Slice key, int offset) {
        for (Piece piece : byBlock.getOrDefault(key, List.of())) {
            if (piece.offset <= offset && offset < piece.end()) {
                return piece;
            }
        }
        return null;
    }

    private int nextAfter(BlockKey.Slice key, int offset) {
        int next = Integer.MAX_VALUE;
        for (Piece piece : byBlock.getOrDefault(key, List.of())) {
            if (piece.offset > offset) {
                next = Math.min(next, piece.offset);
            }
        }
        return next;
    }
}
