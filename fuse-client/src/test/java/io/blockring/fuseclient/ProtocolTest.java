package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.blockring.block.testing.Seeds;
import io.blockring.filesystem.FileSystem;
import io.blockring.fuseclient.FakeKernel.Reply;
import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Requests as the kernel writes them, and the replies, over a socket. */
class ProtocolTest {
    private static final long ROOT = 1;
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0_200;

    private final MemoryFileSystem fileSystem = new MemoryFileSystem() {
        @Override
        public synchronized Attr attributes(long inode) throws FileError {
            if (inode == 666) {
                throw new IllegalStateException("broken on purpose");
            }
            return super.attributes(inode);
        }
    };
    private FakeKernel kernel;

    @BeforeEach
    void mount() throws Exception {
        kernel = FakeKernel.mounted(fileSystem, FuseSettings.defaults(), _ -> false);
    }

    @AfterEach
    void unmount() {
        kernel.close();
        assertThat(kernel.mount().isServing()).isFalse();
    }

    private Reply create(String name, int flags) {
        return kernel.ask(Opcode.CREATE, ROOT, flags, 0_100644, 0_22, 0, name);
    }

    private static long node(Reply entry) {
        return entry.buffer().getLong(0);
    }

    private static long handle(Reply created) {
        return created.buffer().getLong((int) ReplyBody.ENTRY.byteSize());
    }

    private void assertStillServing() {
        Reply reply = kernel.ask(Opcode.GETATTR, ROOT, 0, 0, 0L);
        assertThat(reply.error()).isZero();
        assertThat(reply.body()).hasSize(104);
    }

    @Test
    void whatIsReadInPlaceIsGivenBackOnceAndOnlyWhenTheKernelHasIt() throws Exception {
        var givenBack = new AtomicInteger();
        byte[] data = "in its place".getBytes(StandardCharsets.UTF_8);
        try (var arena = Arena.ofShared()) {
            var lending = new MemoryFileSystem() {
                @Override
                public Bytes readInPlace(long handle, long offset, MemorySegment room) {
                    MemorySegment memory = arena.allocate(data.length).copyFrom(MemorySegment.ofArray(data));
                    return new Bytes() {
                        @Override
                        public MemorySegment memory() {
                            return memory;
                        }

                        @Override
                        public void close() {
                            memory.fill((byte) '?');
                            givenBack.incrementAndGet();
                        }
                    };
                }
            };
            try (FakeKernel other = FakeKernel.mounted(lending, FuseSettings.defaults(), _ -> false)) {
                for (int i = 1; i <= 3; i++) {
                    Reply read = other.ask(Opcode.READ, ROOT, 7L, 0L, 4096, 0, 0L, 0, 0);
                    assertThat(read.error()).isZero();
                    assertThat(read.body()).isEqualTo(data);
                    assertThat(other.ask(Opcode.GETATTR, ROOT, 0, 0, 0L).body()).hasSize(104);
                }
            }
            assertThat(givenBack).hasValue(3);
        }
    }

    @Test
    void whatWasWrittenIsRead() {
        Reply created = create("f", O_RDWR);
        byte[] data = "some bytes".getBytes(StandardCharsets.UTF_8);

        Reply written =
                kernel.ask(Opcode.WRITE, node(created), handle(created), 3L, data.length, 0, 0L, O_RDWR, 0, data);
        Reply read = kernel.ask(Opcode.READ, node(created), handle(created), 5L, 100, 0, 0L, 0, 0);

        assertThat(written.buffer().getInt()).isEqualTo(data.length);
        assertThat(read.body()).isEqualTo(Arrays.copyOfRange(data, 2, data.length));
    }

    @Test
    void blocksAndModeAndTimesAreThoseOfTheFile() throws Exception {
        Reply created = create("f", O_RDWR);
        kernel.ask(Opcode.WRITE, node(created), handle(created), 0L, 513, 0, 0L, O_RDWR, 0, new byte[513]);

        ByteBuffer attr = kernel.ask(Opcode.GETATTR, node(created), 0, 0, 0L).buffer();

        Attr expected = fileSystem.attributes(node(created));
        assertThat(attr.getLong(0)).as("seconds of trust").isEqualTo(1);
        assertThat(attr.getLong(16)).as("inode").isEqualTo(node(created));
        assertThat(attr.getLong(24)).as("size").isEqualTo(513);
        assertThat(attr.getLong(32)).as("blocks of 512").isEqualTo(2);
        assertThat(attr.getLong(48)).as("mtime").isEqualTo(expected.mtime().seconds());
        assertThat(attr.getInt(68)).as("mtime nanos").isEqualTo(expected.mtime().nanos());
        assertThat(attr.getInt(76)).as("mode").isEqualTo(0_100644);
        assertThat(attr.getInt(84)).as("uid").isEqualTo(1000);
    }

    @Test
    void whatTheKernelDoesItselfOrWithoutIsAnsweredEnosys() {
        int[] unsupported = {37, 39, 40, 48, 49, 50, 51, 52, 53, 4096, 999_999, -1, 0};
        for (int code : unsupported) {
            assertThat(kernel.ask(code, ROOT, new byte[64]).error())
                    .as("opcode %d", code)
                    .isEqualTo(-38);
        }
        assertThat(kernel.ask(Opcode.ACCESS, ROOT, 4, 0).error()).isEqualTo(-38);
        assertStillServing();
    }

    @Test
    void fallocateGrowsAndZeroesAndDoesNothingElse() {
        Reply created = create("f", O_RDWR);
        Reply grown = kernel.ask(Opcode.FALLOCATE, node(created), handle(created), 0L, 100L, 0, 0);

        assertThat(grown.error()).isZero();
        for (int zeroing : List.of(2 | 1, 16, 16 | 1)) {
            assertThat(kernel.ask(Opcode.FALLOCATE, node(created), handle(created), 0L, 10L, zeroing, 0)
                            .error())
                    .as("mode %d", zeroing)
                    .isZero();
        }
        for (int other : List.of(1, 2, 8, 32, 64, 128, 16 | 2)) {
            assertThat(kernel.ask(Opcode.FALLOCATE, node(created), handle(created), 0L, 10L, other, 0)
                            .error())
                    .as("mode %d", other)
                    .isEqualTo(-Errno.EOPNOTSUPP.code());
        }
    }

    @Test
    void aCopyOfARangeAnswersHowManyBytesItWas() {
        Reply from = create("from", O_RDWR);
        Reply to = create("to", O_RDWR);
        kernel.ask(Opcode.FALLOCATE, node(from), handle(from), 0L, 100L, 0, 0);

        Reply copied = kernel.ask(
                Opcode.COPY_FILE_RANGE, node(from), handle(from), 10L, node(to), handle(to), 5L, Long.MAX_VALUE, 0L);
        Reply flagged =
                kernel.ask(Opcode.COPY_FILE_RANGE, node(from), handle(from), 0L, node(to), handle(to), 0L, 10L, 1L);

        assertThat(copied.error()).isZero();
        assertThat(copied.buffer().getInt(0)).isEqualTo(90);
        assertThat(flagged.error()).isEqualTo(-Errno.EINVAL.code());
    }

    @Test
    void aNameThatAnotherClientJustTookIsLookedUpAfresh() {
        create("f", O_RDWR);

        assertThat(create("f", O_RDWR).error()).isEqualTo(-Errno.ESTALE.code());
        assertThat(create("f", O_RDWR | O_EXCL).error()).isEqualTo(-Errno.EEXIST.code());
    }

    @Test
    void aFileOpenedKeepsItsPagesOnlyIfUnchangedAndTellsOfItsCloseForTheSakeOfLocks() throws Exception {
        Reply created = create("f", O_RDWR);

        int first = kernel.ask(Opcode.OPEN, node(created), O_RDONLY, 0).buffer().getInt(8);
        int second =
                kernel.ask(Opcode.OPEN, node(created), O_RDONLY, 0).buffer().getInt(8);
        int toWrite = kernel.ask(Opcode.OPEN, node(created), O_RDWR, 0).buffer().getInt(8);

        assertThat(first).isZero();
        assertThat(second).isEqualTo(FileOperations.KEEP_PAGES);
        assertThat(toWrite).isEqualTo(FileOperations.KEEP_PAGES);
    }

    @Test
    void anOpenMakesTheKernelForgetAttributesThatAreNoLongerTrueBeforeItAnswers() throws Exception {
        Reply created = create("f", O_RDWR);
        kernel.ask(Opcode.OPEN, node(created), O_RDONLY, 0);
        fileSystem.overwriteUnseen(ROOT, Name.of("f"), new byte[10]);

        long unique = kernel.send(Opcode.OPEN.code(), node(created), FakeKernel.body(O_RDONLY, 0));
        Reply notification = kernel.receive();
        Reply opened = kernel.receive();

        assertThat(notification.unique()).isZero();
        assertThat(notification.error()).isEqualTo(Notifications.INVAL_INODE);
        assertThat(notification.buffer().getLong(0)).isEqualTo(node(created));
        assertThat(notification.buffer().getLong(8)).as("attributes only").isEqualTo(-1);
        assertThat(opened.unique()).isEqualTo(unique);
    }

    @Test
    void theFileSystemCanMakeTheKernelForget() throws Exception {
        fileSystem.kernel().forgetInode(77, 4096, 0);
        Reply inode = kernel.receive();
        fileSystem.kernel().forgetEntry(ROOT, Name.of("name"));
        Reply entry = kernel.receive();

        assertThat(inode).satisfies(reply -> {
            assertThat(reply.error()).isEqualTo(Notifications.INVAL_INODE);
            assertThat(reply.body()).isEqualTo(FakeKernel.body(77L, 4096L, 0L));
        });
        assertThat(entry).satisfies(reply -> {
            assertThat(reply.error()).isEqualTo(Notifications.INVAL_ENTRY);
            assertThat(reply.body()).isEqualTo(FakeKernel.body(ROOT, 4, 0, "name"));
        });
    }

    @Test
    void aMistakeBelowIsEioAndALogLineThatNamesTheOperation() {
        var lines = new ListAppender<ILoggingEvent>();
        var logger = (Logger) LoggerFactory.getLogger(Reader.class);
        lines.start();
        logger.addAppender(lines);
        try {
            assertThat(kernel.ask(Opcode.GETATTR, 666, 0, 0, 0L).error()).isEqualTo(-5);
        } finally {
            logger.detachAppender(lines);
        }
        assertThat(lines.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.ERROR);
            assertThat(line.getFormattedMessage()).contains("GETATTR").contains("666");
        });
        assertStillServing();
    }

    @Test
    void extendedAttributesTellTheirSizeFirst() {
        Reply created = create("f", O_RDWR);
        byte[] value = {1, 2, 3, 0, 5};
        kernel.ask(Opcode.SETXATTR, node(created), value.length, 0, "user.a", value);
        kernel.ask(Opcode.SETXATTR, node(created), 1, 0, "user.b", new byte[1]);

        assertThat(kernel.ask(Opcode.GETXATTR, node(created), 0, 0, "user.a")
                        .buffer()
                        .getInt())
                .isEqualTo(5);
        assertThat(kernel.ask(Opcode.GETXATTR, node(created), 4, 0, "user.a").error())
                .isEqualTo(-Errno.ERANGE.code());
        assertThat(kernel.ask(Opcode.GETXATTR, node(created), 5, 0, "user.a").body())
                .isEqualTo(value);
        assertThat(kernel.ask(Opcode.LISTXATTR, node(created), 100, 0).body())
                .isEqualTo(FakeKernel.body("user.a", "user.b"));
        assertThat(kernel.ask(Opcode.GETXATTR, node(created), 5, 0, "user.c").error())
                .isEqualTo(-Errno.ENODATA.code());
        assertThat(kernel.ask(Opcode.SETXATTR, node(created), 1, 1, "user.a", value)
                        .error())
                .as("XATTR_CREATE")
                .isEqualTo(-Errno.EEXIST.code());
        assertThat(kernel.ask(Opcode.REMOVEXATTR, node(created), "user.a").error())
                .isZero();
        assertThat(kernel.ask(Opcode.GETXATTR, node(created), 0, 0, "system.posix_acl_access")
                        .error())
                .as("an ACL that nobody would enforce")
                .isEqualTo(-Errno.EOPNOTSUPP.code());
    }

    @Test
    void whiteoutsAreRefused() {
        create("f", O_RDWR);

        assertThat(kernel.ask(Opcode.RENAME2, ROOT, ROOT, 4, 0, "f", "g").error())
                .isEqualTo(-Errno.EINVAL.code());
        assertThat(kernel.ask(Opcode.RENAME2, ROOT, ROOT, 1, 0, "f", "g").error())
                .isZero();
    }

    @Test
    void aNameOfTheWrongKindIsSaidSo() {
        assertThat(kernel.ask(Opcode.LOOKUP, ROOT, "x".repeat(256)).error()).isEqualTo(-Errno.ENAMETOOLONG.code());
        assertThat(kernel.ask(Opcode.LOOKUP, ROOT, "..").error()).isEqualTo(-Errno.EINVAL.code());
        assertThat(kernel.ask(Opcode.LOOKUP, ROOT, "missing").error()).isEqualTo(-Errno.ENOENT.code());
    }

    @Test
    void requestsCutOffAnywhereAreRefusedAndHarmless() throws Exception {
        Name name = Name.of("f");
        fileSystem.create(Caller.ROOT, ROOT, name, 0_644, new FileSystem.OpenMode(true, true, false, false));
        for (Opcode opcode : Opcode.values()) {
            for (int byteCount = 0; opcode.hasReply() && byteCount < 90; byteCount++) {
                byte[] body = new byte[byteCount];
                Arrays.fill(body, (byte) 'x');
                assertThat(kernel.ask(opcode.code(), ROOT, body).error())
                        .as("%s with %d bytes", opcode, byteCount)
                        .isLessThanOrEqualTo(0);
            }
        }
        assertStillServing();
    }

    @Test
    void aHeaderThatLiesAboutItsLengthIsRefused() {
        ByteBuffer message = ByteBuffer.wrap(FakeKernel.body(41, Opcode.GETATTR.code(), 8L, ROOT, 0, 0, 0, 0));
        kernel.sendRaw(message.array());

        assertThat(kernel.receive().error()).isEqualTo(-Errno.EINVAL.code());
        kernel.sendRaw(new byte[3]);
        assertStillServing();
    }

    @Test
    void randomRequestsNeverEndTheService() {
        Seeds.forEach(40, random -> {
            for (int i = 0; i < 100; i++) {
                int code = random.nextInt(55);
                Opcode opcode = Opcode.ofCode(code);
                byte[] body = randomBody(random);
                if (opcode == null || opcode.hasReply()) {
                    Reply reply = kernel.ask(code, random.nextInt(4), body);
                    assertThat(reply.error()).isBetween(-200, 0);
                } else {
                    kernel.send(code, random.nextInt(4), body);
                }
            }
            assertStillServing();
        });
    }

    /** Small numbers and names, so that many a request is nearly right. */
    private static byte[] randomBody(Random random) {
        byte[] body = new byte[random.nextInt(200)];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(2));
        }
        return body;
    }

    @Test
    void afterTheOtherSideIsGoneTheMountEnds() throws Exception {
        kernel.close();

        assertThat(kernel.mount().awaitEnd(Mounts.END_DEADLINE)).isTrue();
    }
}
