package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DirectoryHandleTest {
    private final MemoryTree tree = new MemoryTree();
    private final DirectoryHandle directory = new DirectoryHandle(FileTree.ROOT);

    private void make(String name) throws FileError {
        tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name), FileType.FILE, 0644, 0);
    }

    private List<Name> list(long cursor, int limit) throws FileError {
        return directory.list(tree, cursor, limit, false).stream()
                .map(Dentry::name)
                .toList();
    }

    @Test
    void pagesOfAnySizeGiveAllNamesInOrder() {
        for (int i = 0; i < 5000; i++) {
            try {
                make("%05d".formatted(i));
            } catch (FileError e) {
                throw new AssertionError(e);
            }
        }
        Seeds.forEach(20, random -> {
            List<Name> all = new ArrayList<>();
            List<Name> page;
            do {
                page = list(all.size(), 1 + random.nextInt(1500));
                all.addAll(page);
            } while (!page.isEmpty());
            assertThat(all).hasSize(5000).isSorted().doesNotHaveDuplicates();
            assertThat(page.size()).isLessThanOrEqualTo(DirectoryHandle.MAX_PAGE);
        });
    }

    @Test
    void anyCursorThatWasGivenCanBeReturnedTo() throws Exception {
        for (int i = 0; i < 3000; i++) {
            make("%05d".formatted(i));
        }
        for (int cursor = 0; cursor < 3000; ) {
            cursor += list(cursor, 7).size();
        }
        Seeds.forEach(100, random -> {
            int cursor = 1 + random.nextInt(2999);
            assertThat(list(cursor, 1)).containsExactly(Name.of("%05d".formatted(cursor)));
        });
        assertThat(list(3000, 10)).isEmpty();
        assertThat(list(9999, 10)).isEmpty();
        assertThat(list(0, 1)).containsExactly(Name.of("00000"));
    }

    @Test
    void aReaderMayStopInsideAPage() throws Exception {
        for (int i = 0; i < 100; i++) {
            make("%03d".formatted(i));
        }
        assertThat(list(0, 50)).hasSize(50);
        assertThat(list(17, 50).getFirst()).isEqualTo(Name.of("017"));
        assertThat(list(67, 50)).hasSize(33);
    }

    @Test
    void whatStaysIsShownOnceWhileOthersComeAndGo() {
        Seeds.forEach(30, random -> {
            var changing = new MemoryTree();
            var handle = new DirectoryHandle(FileTree.ROOT);
            Set<Name> stays = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                Name name = Name.of("s%04d".formatted(random.nextInt(10_000)));
                if (stays.add(name)) {
                    changing.makeNode(Caller.ROOT, FileTree.ROOT, name, FileType.FILE, 0, 0);
                }
            }
            List<Name> seen = new ArrayList<>();
            List<Name> passing = new ArrayList<>();
            while (true) {
                if (random.nextBoolean()) {
                    Name name = Name.of("s%04dx".formatted(random.nextInt(10_000)));
                    if (!passing.contains(name)) {
                        changing.makeNode(Caller.ROOT, FileTree.ROOT, name, FileType.FILE, 0, 0);
                        passing.add(name);
                    }
                } else if (!passing.isEmpty()) {
                    changing.unlink(Caller.ROOT, FileTree.ROOT, passing.removeLast());
                }
                List<Dentry> page = handle.list(changing, seen.size(), 1 + random.nextInt(20), false);
                if (page.isEmpty()) {
                    break;
                }
                page.forEach(entry -> seen.add(entry.name()));
            }
            assertThat(seen).doesNotHaveDuplicates().isSorted().containsAll(stays);
        });
    }
}
