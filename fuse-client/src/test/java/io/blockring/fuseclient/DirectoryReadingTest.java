package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.fuseclient.FakeKernel.Reply;
import io.blockring.meta.Caller;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Directories as the kernel reads them: page by page, from a cookie. */
class DirectoryReadingTest {
    private static final long ROOT = 1;
    private static final int DT_DIR = 4;
    private static final int DT_REG = 8;

    private record Found(String name, long node, long inode, long cookie, int type) {}

    @Test
    void pagesOfAnySizeGiveEachEntryOnceAndInOrder() {
        Seeds.forEach(30, random -> {
            var fileSystem = new MemoryFileSystem();
            var names = new TreeSet<Name>();
            for (int i = random.nextInt(200); i > 0; i--) {
                Name name = randomName(random);
                if (names.add(name)) {
                    fileSystem.makeNode(Caller.ROOT, ROOT, name, FileType.FILE, 0_644, 0);
                }
            }
            try (var kernel = FakeKernel.mounted(fileSystem, FuseSettings.defaults(), _ -> false)) {
                int pageBytes = 500 + random.nextInt(4000);
                List<Found> found =
                        readAll(kernel, random.nextBoolean() ? Opcode.READDIRPLUS : Opcode.READDIR, pageBytes);

                assertThat(found.stream().map(Found::name).limit(2)).containsExactly(".", "..");
                assertThat(found.stream().skip(2).map(Found::name))
                        .containsExactlyElementsOf(
                                names.stream().map(Name::toString).toList());
                assertThat(found.stream().map(Found::cookie)).isSorted().doesNotHaveDuplicates();
            }
        });
    }

    private static Name randomName(Random random) throws Exception {
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 255 : 20)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(26));
        }
        return Name.of(bytes);
    }

    @Test
    void readingGoesOnBehindEachCookie() throws Exception {
        var fileSystem = new MemoryFileSystem();
        for (String name : List.of("a", "b", "c")) {
            fileSystem.makeDirectory(Caller.ROOT, ROOT, Name.of(name), 0_755);
        }
        try (var kernel = FakeKernel.mounted(fileSystem, FuseSettings.defaults(), _ -> false)) {
            List<Found> all = readAll(kernel, Opcode.READDIR, 4096);
            long handle = openDirectory(kernel);
            for (int i = 0; i < all.size(); i++) {
                assertThat(page(kernel, Opcode.READDIR, handle, all.get(i).cookie(), 4096))
                        .isEqualTo(all.subList(i + 1, all.size()));
            }
        }
    }

    @Test
    void attributesComeWithNamesButNeverOfDots() throws Exception {
        var fileSystem = new MemoryFileSystem();
        long inode = fileSystem
                .makeNode(Caller.ROOT, ROOT, Name.of("f"), FileType.FILE, 0_644, 0)
                .inode();
        try (var kernel = FakeKernel.mounted(fileSystem, FuseSettings.defaults(), _ -> false)) {
            assertThat(readAll(kernel, Opcode.READDIRPLUS, 4096))
                    .containsExactly(
                            new Found(".", 0, ROOT, 1, DT_DIR),
                            new Found("..", 0, ROOT, 2, DT_DIR),
                            new Found("f", inode, inode, 3, DT_REG));
        }
    }

    @Test
    void aPageTooSmallForAnyEntryIsNoEmptyDirectory() throws Exception {
        try (var kernel = FakeKernel.mounted(new MemoryFileSystem(), FuseSettings.defaults(), _ -> false)) {
            long handle = openDirectory(kernel);

            Reply reply = kernel.ask(Opcode.READDIR, ROOT, handle, 0L, 24, 0, 0L, 0, 0);

            assertThat(reply.error()).isEqualTo(-Errno.EINVAL.code());
        }
    }

    private static long openDirectory(FakeKernel kernel) {
        return kernel.ask(Opcode.OPENDIR, ROOT, 0, 0).buffer().getLong();
    }

    private static List<Found> readAll(FakeKernel kernel, Opcode opcode, int pageBytes) {
        long handle = openDirectory(kernel);
        var all = new ArrayList<Found>();
        List<Found> page = page(kernel, opcode, handle, 0, pageBytes);
        while (!page.isEmpty()) {
            all.addAll(page);
            page = page(kernel, opcode, handle, all.getLast().cookie(), pageBytes);
        }
        assertThat(kernel.ask(Opcode.RELEASEDIR, ROOT, handle, 0, 0, 0L).error())
                .isZero();
        return all;
    }

    private static List<Found> page(FakeKernel kernel, Opcode opcode, long handle, long cookie, int pageBytes) {
        Reply reply = kernel.ask(opcode, ROOT, handle, cookie, pageBytes, 0, 0L, 0, 0);
        assertThat(reply.error()).isZero();
        assertThat(reply.body().length).isLessThanOrEqualTo(pageBytes);
        var found = new ArrayList<Found>();
        ByteBuffer buffer = reply.buffer();
        while (buffer.hasRemaining()) {
            int start = buffer.position();
            long node = opcode == Opcode.READDIRPLUS ? buffer.getLong(start) : 0;
            int dirent = start + (opcode == Opcode.READDIRPLUS ? 128 : 0);
            byte[] name = new byte[buffer.getInt(dirent + 16)];
            buffer.get(dirent + 24, name);
            found.add(new Found(
                    new String(name, StandardCharsets.UTF_8),
                    node,
                    buffer.getLong(dirent),
                    buffer.getLong(dirent + 8),
                    buffer.getInt(dirent + 20)));
            buffer.position(dirent + (24 + name.length + 7) / 8 * 8);
        }
        return found;
    }
}
