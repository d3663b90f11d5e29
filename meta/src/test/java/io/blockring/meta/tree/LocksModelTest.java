package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.FileLocks;
import io.blockring.meta.RangeLock;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random locks of two sessions against a model that knows of each byte who has it. */
class LocksModelTest {
    private static final long INODE = 3;
    private static final int BYTES = 24;
    private static final int OWNERS = 3;

    /** For each byte who has it, and whether alone. */
    private static final class Model {
        private final List<Map<LockOwner, Boolean>> bytes = java.util.stream.Stream.generate(
                        HashMap<LockOwner, Boolean>::new)
                .limit(BYTES)
                .<Map<LockOwner, Boolean>>map(map -> map)
                .toList();

        boolean isFree(LockOwner owner, RangeLock wanted) {
            for (int at = (int) wanted.start(); at <= wanted.end(); at++) {
                for (Map.Entry<LockOwner, Boolean> holder : bytes.get(at).entrySet()) {
                    if (!holder.getKey().equals(owner) && (holder.getValue() || wanted.exclusive())) {
                        return false;
                    }
                }
            }
            return true;
        }

        void lock(LockOwner owner, RangeLock lock) {
            for (int at = (int) lock.start(); at <= lock.end(); at++) {
                bytes.get(at).put(owner, lock.exclusive());
            }
        }

        void unlock(LockOwner owner, long start, long end) {
            for (int at = (int) start; at <= Math.min(end, BYTES - 1); at++) {
                bytes.get(at).remove(owner);
            }
        }
    }

    @Test
    void inMemory() {
        Seeds.forEach(150, random -> run(TestStores.memory(new MemoryByteStore(false)), random, 200));
    }

    @Test
    void inRedis(@TempDir Path folder) throws Exception {
        try (RedisServer server = RedisServer.start(folder)) {
            Seeds.forEach(3, random -> {
                try (TestStores stores = RedisStores.open(server, RedisStores.newDatabase())) {
                    run(stores, random, 300);
                }
            });
        }
    }

    private static void run(TestStores stores, Random random, int steps) throws Exception {
        var volume = new TestVolume(stores, 0);
        var sessions = List.of(volume.mount(), volume.mount());
        var model = new Model();
        for (int step = 0; step < steps; step++) {
            int session = random.nextInt(2);
            FileLocks locks = sessions.get(session).locks();
            var owner = new LockOwner(session + 1, random.nextInt(OWNERS));
            long start = random.nextInt(BYTES);
            long end = start + random.nextInt(BYTES - (int) start);
            var lock = new RangeLock(random.nextBoolean(), random.nextInt(2), start, end);
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    boolean free = model.isFree(owner, lock);
                    assertThat(locks.lockRange(INODE, owner.owner(), lock)).isEqualTo(free);
                    if (free) {
                        model.lock(owner, lock);
                    }
                }
                case 4, 5 -> {
                    locks.unlockRange(INODE, owner.owner(), start, end);
                    model.unlock(owner, start, end);
                }
                case 6 -> {
                    locks.unlockRange(INODE, owner.owner(), 0, RangeLock.LAST);
                    model.unlock(owner, 0, RangeLock.LAST);
                }
                default -> {
                    RangeLock found = locks.inTheWay(INODE, owner.owner(), lock);
                    assertThat(found == null).isEqualTo(model.isFree(owner, lock));
                    assertThat(found == null || found.conflictsWith(lock)).isTrue();
                }
            }
            assertSame(stores, model);
        }
        sessions.forEach(VolumeTree::close);
        assertThat(stores.engine().reads().locks(new LockedInode(LockKind.RANGES, INODE)))
                .isEmpty();
        assertThat(Scans.all(stores.engine().scans().locked(1))).isEmpty();
        assertThat(Scans.all(stores.engine().scans().locked(2))).isEmpty();
    }

    private static void assertSame(TestStores stores, Model model) throws Exception {
        Map<LockOwner, List<RangeLock>> stored = stores.engine().reads().locks(new LockedInode(LockKind.RANGES, INODE));
        var shown = new Model();
        stored.forEach((owner, locks) -> {
            long behind = -1;
            for (RangeLock lock : locks) {
                assertThat(lock.start()).as("in order, and apart: %s", locks).isGreaterThan(behind);
                behind = lock.end();
                shown.lock(owner, lock);
            }
        });
        assertThat(shown.bytes).isEqualTo(model.bytes);
    }
}
