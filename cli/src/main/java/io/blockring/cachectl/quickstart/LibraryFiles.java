package io.blockring.cachectl.quickstart;

import io.blockring.filesystem.FileSystem;
import io.blockring.filesystem.FileSystem.OpenMode;
import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Files of a file system in this process, read and written in large pieces as the kernel would. */
final class LibraryFiles implements SampleFiles {
    private static final int PIECE_BYTES = 1 << 20;
    private static final int DIRECTORY_MODE = 0755;
    private static final int FILE_MODE = 0644;

    private final FileSystem files;

    LibraryFiles(FileSystem files) {
        this.files = files;
    }

    @Override
    public OutputStream create(String path) throws IOException {
        try {
            int slash = path.lastIndexOf('/');
            long folder = folder(path.substring(0, slash), true);
            Name name = Name.of(path.substring(slash + 1));
            long handle = files.create(Caller.ROOT, folder, name, FILE_MODE, new OpenMode(false, true, false, true))
                    .handle();
            return new Output(handle);
        } catch (FileError e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    @Override
    public InputStream open(String path) throws IOException {
        try {
            int slash = path.lastIndexOf('/');
            Entry file = files.lookup(
                    Caller.ROOT, folder(path.substring(0, slash), false), Name.of(path.substring(slash + 1)));
            return new Input(files.open(Caller.ROOT, file.inode(), new OpenMode(true, false, false, false))
                    .handle());
        } catch (FileError e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private long folder(String path, boolean create) throws FileError {
        long inode = FileTree.ROOT;
        for (String part : path.split("/", -1)) {
            try {
                inode = files.lookup(Caller.ROOT, inode, Name.of(part)).inode();
            } catch (FileError e) {
                if (!create || e.kind() != FileError.Kind.NOT_FOUND) {
                    throw e;
                }
                inode = files.makeDirectory(Caller.ROOT, inode, Name.of(part), DIRECTORY_MODE)
                        .inode();
            }
        }
        return inode;
    }

    private final class Output extends OutputStream {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment piece = arena.allocate(PIECE_BYTES);
        private final long handle;
        private long position;

        Output(long handle) {
            this.handle = handle;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                for (int done = 0; done < length; ) {
                    int count = Math.min(PIECE_BYTES, length - done);
                    MemorySegment.copy(bytes, offset + done, piece, ValueLayout.JAVA_BYTE, 0, count);
                    done += files.write(handle, position, piece.asSlice(0, count));
                    position += count;
                }
            } catch (FileError e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                files.flush(handle);
            } catch (FileError e) {
                throw new IOException(e.getMessage(), e);
            } finally {
                files.release(handle);
                arena.close();
            }
        }
    }

    private final class Input extends InputStream {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment piece = arena.allocate(PIECE_BYTES);
        private final long handle;
        private long position;

        Input(long handle) {
            this.handle = handle;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                int count = files.read(handle, position, piece.asSlice(0, Math.min(PIECE_BYTES, length)));
                MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, into, offset, count);
                position += count;
                return count == 0 && length > 0 ? -1 : count;
            } catch (FileError e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            files.release(handle);
            arena.close();
        }
    }
}
