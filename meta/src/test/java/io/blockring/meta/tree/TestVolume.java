package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.ChangeListener;
import io.blockring.meta.keyvalue.TestStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/** A volume whose clock and background work a test has in hand. */
final class TestVolume {
    private static final SessionInfo SESSION = new SessionInfo("host", "", 1, Instant.parse("2026-11-22T05:00:00Z"));

    final TestStores stores;
    final SliceStore objects = new SliceStore();
    final SteppingClock clock = new SteppingClock(Instant.parse("2026-11-22T05:00:00Z"));

    TestVolume(TestStores stores, int trashDays) throws FileError {
        this(stores, trashDays, 0, 0);
    }

    TestVolume(TestStores stores, int trashDays, long capacityBytes, long inodeLimit) throws FileError {
        this.stores = stores;
        var format = new VolumeFormat(
                "lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, capacityBytes, inodeLimit, trashDays);
        NewVolume.create(stores.engine(), withAllSums(format), clock);
    }

    /** Settings with all sums that we keep; the version that clients need for them is one that we claim. */
    private static VolumeSetting withAllSums(VolumeFormat format) {
        byte[] json = VolumeSetting.of(format, new Upkeep(true, true)).toJson();
        String text = new String(json, StandardCharsets.UTF_8).replace("1.3.0-A", SessionInfo.VERSION);
        try {
            return VolumeSetting.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A session whose background work is done at once. */
    VolumeTree mount() throws FileError {
        return mount(clock, ChangeListener.NONE);
    }

    /** The same on a machine with another clock. */
    VolumeTree mount(VolumeClock other) throws FileError {
        return mount(other, ChangeListener.NONE);
    }

    /** The same, with somebody who hears of its changes. */
    VolumeTree mount(ChangeListener listener) throws FileError {
        return mount(clock, listener);
    }

    private VolumeTree mount(VolumeClock itsClock, ChangeListener listener) throws FileError {
        return VolumeTree.mount(
                stores.engine(),
                new VolumeTree.Settings(false, 10, 10, SESSION),
                objects,
                objects,
                itsClock,
                Runnable::run,
                listener);
    }

    /** Lets so many heartbeats go by, which these mounts send in turn. */
    void beat(int times, VolumeTree... alive) throws FileError {
        for (int i = 0; i < times; i++) {
            clock.advance(VolumeTree.HEARTBEAT);
            for (VolumeTree tree : alive) {
                tree.heartbeat();
            }
        }
    }
}
