package io.blockring.fuseclient;

import static io.blockring.fuseclient.KernelStruct.offsetOf;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.Name;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel forget what it keeps, by a thread of its own.
 *
 * <p>To forget pages the kernel locks them, and to forget a name it locks the directory; either may be held by a
 * request that waits for our answer. A thread that answers requests must therefore never wait here: it leaves the
 * message in the queue. Only {@link #forgetAttributes} takes no such lock.
 */
final class Notifications implements FileSystem.KernelCache, AutoCloseable {
    /** Messages that wait; what comes on top is dropped, and the kernel's TTLs must do. */
    static final int QUEUE_LIMIT = 1 << 16;

    private static final Logger log = LoggerFactory.getLogger(Notifications.class);
    static final int INVAL_INODE = 2;
    static final int INVAL_ENTRY = 3;
    private static final long ATTRIBUTES_ONLY = -1;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(1);
    private static final long LONGEST_MESSAGE_BYTES = ReplyBody.HEADER.byteSize()
            + Math.max(ReplyBody.FORGET_INODE.byteSize(), ReplyBody.FORGET_ENTRY.byteSize() + Name.MAX_BYTES + 1);

    private sealed interface Message {
        record Inode(long inode, long offset, long length) implements Message {}

        record Entry(long parent, Name name) implements Message {}
    }

    private final FuseDevice device;
    private final BlockingQueue<Message> queue = new ArrayBlockingQueue<>(QUEUE_LIMIT);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;

    Notifications(FuseDevice device) {
        this.device = device;
        this.thread = Thread.ofPlatform().daemon().name("fuse-notifications").unstarted(this::sendAll);
    }

    void start() {
        thread.start();
    }

    @Override
    public void forgetInode(long inode, long offset, long length) {
        leave(new Message.Inode(inode, offset, length));
    }

    @Override
    public void forgetEntry(long parent, Name name) {
        leave(new Message.Entry(parent, name));
    }

    private void leave(Message message) {
        if (!queue.offer(message) && dropped.getAndIncrement() == 0) {
            log.warn("More than {} messages wait for the kernel; some caches end by their TTL only", QUEUE_LIMIT);
        }
    }

    /** How many messages found the queue full. */
    long droppedCount() {
        return dropped.get();
    }

    /** Makes the kernel ask for the attributes of {@code inode} again; safe in the midst of any request. */
    void forgetAttributes(long inode) {
        try (var arena = Arena.ofConfined()) {
            send(inodeMessage(
                    arena.allocate(LONGEST_MESSAGE_BYTES, Long.BYTES), new Message.Inode(inode, ATTRIBUTES_ONLY, 0)));
        }
    }

    private void sendAll() {
        try (var arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(LONGEST_MESSAGE_BYTES, Long.BYTES);
            while (!Thread.currentThread().isInterrupted()) {
                send(
                        switch (queue.take()) {
                            case Message.Inode message -> inodeMessage(room, message);
                            case Message.Entry message -> entryMessage(room, message);
                        });
            }
        } catch (InterruptedException _) {
            // That is how close() ends it.
        }
    }

    private static MemorySegment inodeMessage(MemorySegment room, Message.Inode message) {
        long byteCount = ReplyBody.HEADER.byteSize() + ReplyBody.FORGET_INODE.byteSize();
        ReplyBody.writeHeader(room, 0, INVAL_INODE, byteCount);
        MemorySegment body = room.asSlice(ReplyBody.HEADER.byteSize());
        body.set(JAVA_LONG, offsetOf(ReplyBody.FORGET_INODE, "ino"), message.inode());
        body.set(JAVA_LONG, offsetOf(ReplyBody.FORGET_INODE, "off"), message.offset());
        body.set(JAVA_LONG, offsetOf(ReplyBody.FORGET_INODE, "len"), message.length());
        return room.asSlice(0, byteCount);
    }

    private static MemorySegment entryMessage(MemorySegment room, Message.Entry message) {
        byte[] name = message.name().toBytes();
        long nameAt = ReplyBody.HEADER.byteSize() + ReplyBody.FORGET_ENTRY.byteSize();
        long byteCount = nameAt + name.length + 1;
        ReplyBody.writeHeader(room, 0, INVAL_ENTRY, byteCount);
        MemorySegment body = room.asSlice(ReplyBody.HEADER.byteSize());
        body.set(JAVA_LONG, offsetOf(ReplyBody.FORGET_ENTRY, "parent"), message.parent());
        body.set(JAVA_INT, offsetOf(ReplyBody.FORGET_ENTRY, "namelen"), name.length);
        body.set(JAVA_INT, offsetOf(ReplyBody.FORGET_ENTRY, "flags"), 0);
        MemorySegment.copy(name, 0, room, JAVA_BYTE, nameAt, name.length);
        room.set(JAVA_BYTE, nameAt + name.length, (byte) 0);
        return room.asSlice(0, byteCount);
    }

    private void send(MemorySegment message) {
        long result = device.write(message);
        // ENOENT: the kernel knows nothing of it. ENOTDIR: it is no directory any more. ENODEV: unmounted.
        boolean expected = result >= 0
                || Errno.ENOENT.is(result)
                || Errno.ENOTDIR.is(result)
                || Errno.ENODEV.is(result)
                || Errno.ENOTCONN.is(result);
        if (!expected) {
            log.warn("The kernel did not take a notification: {}", Errno.text((int) -result));
        }
    }

    /** Ends the thread; one that waits in the kernel ends when the last descriptor is closed. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            if (thread.isAlive()) {
                thread.join(CLOSE_DEADLINE);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
