package io.blockring.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BlockMemoryTest {
    private static final int BLOCK = 4 << 20;

    @Test
    void memoryOfAnySizeIsZeroAndCanBeWrittenToItsEnd() {
        for (int byteCount : List.of(1, 4096, 64 << 10, (2 << 20) - 1, 2 << 20, BLOCK, BLOCK + 1)) {
            try (var arena = Arena.ofConfined()) {
                MemorySegment memory = BlockMemory.allocate(arena, byteCount);
                assertThat(memory.byteSize()).isEqualTo(byteCount);
                assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isZero();
                assertThat(memory.get(ValueLayout.JAVA_BYTE, byteCount - 1L)).isZero();
                memory.fill((byte) 7);
                assertThat(memory.get(ValueLayout.JAVA_BYTE, byteCount - 1L)).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void aBlockIsAlignedToHugePagesAndTheKernelIsAskedForThem() throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment memory = BlockMemory.allocate(arena, BLOCK);
            assertThat(memory.address() % BlockMemory.HUGE_PAGE_BYTES).isZero();
            assertThat(flagsOf(memory)).as("VmFlags").contains("hg");
        }
    }

    private static List<String> flagsOf(MemorySegment memory) throws IOException {
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] range = line.substring(0, line.indexOf(' ')).split("-", -1);
                inside = Long.parseUnsignedLong(range[0], 16) <= memory.address()
                        && memory.address() < Long.parseUnsignedLong(range[1], 16);
            } else if (inside && line.startsWith("VmFlags:")) {
                return List.of(line.substring("VmFlags:".length()).strip().split(" ", -1));
            }
        }
        throw new AssertionError("it is not mapped");
    }
}
