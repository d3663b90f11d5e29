package io.blockring.meta.volume;

import io.blockring.meta.keyvalue.TikvVolumes;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.VolumeTree;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that changes a volume in TiKV until one of its transactions has locked its keys and none knows yet that it
 * is committed: then it says {@link #READY}, that thread goes no further, and the process is to be killed.
 */
final class PrewrittenProcess {
    static final String READY = "prewritten";

    private static final String COMMIT = "KvCommit";

    private PrewrittenProcess() {}

    /** Takes the URL of the volume, a name for what it makes there, and the number of the commit that it does not make. */
    public static void main(String[] args) throws Exception {
        var commits = new AtomicInteger(-1);
        var forever = new CountDownLatch(1);
        int last = Integer.parseInt(args[2]);
        var engine = new TikvVolumes().open(args[0], call -> {
            // Locks of what is committed are removed by virtual threads.
            boolean decides = call.equals(COMMIT) && !Thread.currentThread().isVirtual();
            if (decides && commits.get() >= 0 && commits.incrementAndGet() == last) {
                System.out.println(READY);
                awaitDeath(forever);
            }
        });
        var session = new SessionInfo("host", "", ProcessHandle.current().pid());
        VolumeTree tree = VolumeTree.mount(engine, VolumeTree.Settings.of(false, session), (_, _) -> {}, (_, _) -> {});
        commits.set(0);
        BusyProcess.start(tree, args[1]);
    }

    private static void awaitDeath(CountDownLatch forever) {
        try {
            forever.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
