package io.blockring.blockstore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** {@code statvfs(3)}, which tells of inodes too. */
final class LinuxFileSystem implements FileSystemSpace.Probe {
    /** {@code struct statvfs} on 64-bit Linux: 11 words of 8 bytes, then some spare ones. */
    private static final long STRUCT_BYTES = 256;

    private static final long FRAGMENT_BYTES_AT = 8;
    private static final long BLOCKS_AT = 16;
    private static final long AVAILABLE_BLOCKS_AT = 32;
    private static final long INODES_AT = 40;
    private static final long AVAILABLE_INODES_AT = 56;

    private static final MethodHandle STATVFS = LinuxFile.handle(
            "statvfs", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));

    @Override
    public FileSystemSpace of(Path directory) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment told = arena.allocate(STRUCT_BYTES, Long.BYTES);
            MemorySegment path = arena.allocateFrom(directory.toString());
            long result = LinuxFile.call(state -> (int) STATVFS.invokeExact(state, path, told));
            if (result != 0) {
                throw new IOException("statvfs " + directory + ": errno " + -result);
            }
            long fragment = told.get(ValueLayout.JAVA_LONG, FRAGMENT_BYTES_AT);
            return new FileSystemSpace(
                    told.get(ValueLayout.JAVA_LONG, BLOCKS_AT) * fragment,
                    told.get(ValueLayout.JAVA_LONG, AVAILABLE_BLOCKS_AT) * fragment,
                    told.get(ValueLayout.JAVA_LONG, INODES_AT),
                    told.get(ValueLayout.JAVA_LONG, AVAILABLE_INODES_AT));
        }
    }
}
