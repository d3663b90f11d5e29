package io.blockring.meta.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Scans;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.testing.RedisServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is slow, dies, comes back, or holds what no client of a volume wrote. */
class RedisFailureTest {
    private static final String[] DURABLE = {"--appendonly", "yes", "--appendfsync", "always"};
    private static final Timestamp TIME = new Timestamp(1_700_000_000, 0);

    @TempDir
    Path folder;

    private static MetaEngine open(RedisServer server) throws FileError {
        return new RedisVolumes().open(server.url(1).toString(), Map.of());
    }

    private static Attr directory() {
        return new Attr(0, FileType.DIRECTORY, 0755, 0, 0, TIME, TIME, TIME, 2, 4096, 0, 1, 0, 0, 0);
    }

    @Test
    void workGoesOnWhenTheServerIsBack() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"), DURABLE);
                MetaEngine engine = open(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var transactions = new Transactions(engine, new InodeLocks());
            assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(1);
            server.kill();
            Future<Long> waiting = threads.submit(() -> engine.increment(Counter.NEXT_SESSION, 1));
            Future<Boolean> writing = threads.submit(() -> transactions.run(transaction -> {
                transaction.witness(reads -> reads.attr(7) != null);
                assertThat(transaction.attr(7)).isNull();
                transaction.putAttr(7, directory());
                return true;
            }));
            server.restart();
            assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(writing.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(engine.reads().attr(7)).isEqualTo(directory());
        }
    }

    @Test
    void aServerThatStaysAwayIsAnErrorAtTheDeadline() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"));
                MetaEngine engine = open(server)) {
            server.kill();
            assertIo(() -> engine.reads().attr(1)).hasMessageContaining("did not answer in time");
        }
    }

    @Test
    void aServerThatForgotTheScriptIsToldAgain() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"));
                MetaEngine engine = open(server);
                RedisLink link = RedisVolumes.link(RedisUrl.parse(server.url(1).toString(), Map.of()), Map.of())) {
            for (int i = 0; i < 2; i++) {
                link.ask(Command.of("SCRIPT").text("FLUSH"));
                try (MetaTransaction transaction = engine.begin()) {
                    transaction.putAttr(1, directory());
                    assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
                }
            }
        }
    }

    @Test
    void aLostAnswerIsAskedForAndNotMadeTwice() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"), DURABLE);
                MetaEngine engine = open(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var transactions = new Transactions(engine, new InodeLocks());
            for (int i = 0; i < 5; i++) {
                var slice = new SliceRecord(i * 100, i + 1, 100, 0, 100);
                Future<Boolean> writing = threads.submit(() -> transactions.run(transaction -> {
                    transaction.witness(reads -> reads.slices(9, 0).contains(slice));
                    transaction.appendSlices(9, 0, List.of(slice));
                    return true;
                }));
                server.kill();
                server.restart();
                assertThat(writing.get(30, TimeUnit.SECONDS)).isTrue();
                assertThat(engine.reads().slices(9, 0)).hasSize(i + 1).endsWith(slice);
            }
        }
    }

    @Test
    void whatIsNoRecordIsAnErrorThatNamesItsKey() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"));
                MetaEngine engine = open(server);
                RedisLink link = RedisVolumes.link(RedisUrl.parse(server.url(1).toString(), Map.of()), Map.of())) {
            byte[] junk = RedisKeys.bytes("junk");
            link.ask(List.of(
                    Command.of("SET", RedisKeys.bytes("i1"), junk),
                    Command.of("HSET", RedisKeys.bytes("d1"), junk, junk),
                    Command.of("RPUSH", RedisKeys.bytes("c2_0"), junk),
                    Command.of("SET", RedisKeys.bytes("c3_0"), junk),
                    Command.of("HSET", RedisKeys.bytes("p2"), junk, junk),
                    Command.of("HSET", RedisKeys.bytes("sliceRef"), junk, junk),
                    Command.of("HSET", RedisKeys.bytes("sliceRef"), RedisKeys.bytes("k1_2"), junk),
                    Command.of("HSET", RedisKeys.bytes("delSlices"), junk, junk),
                    Command.of("ZADD", RedisKeys.bytes("delfiles")).number(1).bytes(junk),
                    Command.of("ZADD", RedisKeys.bytes("allSessions")).number(1).bytes(junk),
                    Command.of("SADD", RedisKeys.bytes("session5"), junk),
                    Command.of("SET", RedisKeys.bytes("usedSpace"), junk)));
            assertIo(() -> engine.reads().attr(1)).hasMessageContaining("key i1");
            assertIo(() -> engine.reads().attrs(List.of(1L))).hasMessageContaining("key i1");
            assertIo(() -> engine.reads().child(1, Name.of("junk"))).hasMessageContaining("key d1");
            assertIo(() -> engine.reads().children(1, null, 10)).hasMessageContaining("key d1");
            assertIo(() -> engine.reads().slices(2, 0)).hasMessageContaining("key c2_0");
            assertIo(() -> engine.reads().slices(3, 0)).hasMessageContaining("key c3_0");
            assertIo(() -> engine.reads().parents(2)).hasMessageContaining("key p2");
            assertIo(() -> engine.reads().extraReferences(new SliceKey(1, 2))).hasMessageContaining("key sliceRef");
            assertIo(() -> Scans.all(engine.scans().unreferenced())).hasMessageContaining("key sliceRef");
            assertIo(() -> Scans.all(engine.scans().delayedSlices())).hasMessageContaining("key delSlices");
            assertIo(() -> Scans.all(engine.scans().deletedFiles())).hasMessageContaining("key delfiles");
            assertIo(() -> Scans.all(engine.scans().sessions())).hasMessageContaining("key allSessions");
            assertIo(() -> Scans.all(engine.scans().sustained(5))).hasMessageContaining("key session5");
            assertIo(() -> engine.reads().counter(Counter.USED_SPACE)).hasMessageContaining("key usedSpace");
            try (MetaTransaction transaction = engine.begin()) {
                transaction.putChild(3, Name.of("a"), new Child(FileType.FILE, 4));
                transaction.appendSlices(3, 0, List.of(new SliceRecord(0, 1, 1, 0, 1)));
                assertIo(transaction::commit).hasMessageContaining("WRONGTYPE");
            }
        }
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertIo(
            ThrowingCallable call) {
        var failed = assertThatThrownBy(call);
        failed.asInstanceOf(type(FileError.class)).extracting(FileError::kind).isEqualTo(FileError.Kind.IO);
        return failed;
    }
}
