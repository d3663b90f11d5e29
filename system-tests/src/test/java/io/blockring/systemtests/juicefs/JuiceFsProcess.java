package io.blockring.systemtests.juicefs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A process that does with JuiceFS's core what its standard input says: a call on each line, its words apart by tabs. Each
 * answer is a line: a number, below 0 an error, or a text.
 */
@SuppressWarnings("restricted")
final class JuiceFsProcess {
    private static final long CALLER = 100;
    private static final int BUFFER_BYTES = 1 << 20;
    private static final long READ = 4;
    private static final long WRITE = 2;
    private static final int SEEK_SET = 0;

    /** Bits of a mode in Go's {@code os.FileMode}. */
    private static final int GO_DIRECTORY = 1 << 31;

    private static final int GO_SETUID = 1 << 23;
    private static final int GO_SETGID = 1 << 22;
    private static final int GO_STICKY = 1 << 20;

    /** Where the names begin in what {@code jfs_stat1} fills in: after a mode and three numbers of 8 bytes. */
    private static final int STAT_NAMES = 28;

    private final Arena arena = Arena.ofShared();
    private final SymbolLookup library;
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
    private final long volume;

    private JuiceFsProcess(String libraryFile, String metaUrl) {
        library = SymbolLookup.libraryLookup(libraryFile, arena);
        volume = (long) invoke("jfs_init", strings("oracle", settings(metaUrl), "root", "root", "root", "root"));
        if (volume <= 0) {
            throw new IllegalStateException("the volume is not opened: " + volume);
        }
    }

    private static String settings(String metaUrl) {
        return """
                {"meta":"%s","bucket":"","readOnly":false,"noBGJob":true,"openCache":0,"backupMeta":0,"heartbeat":12,
                "cacheDir":"memory","cacheSize":100,"freeSpace":"0.1","autoCreate":true,"cacheFullBlock":true,
                "writeback":false,"memorySize":128,"prefetch":1,"readahead":0,"uploadLimit":0,"downloadLimit":0,
                "maxUploads":4,"maxDeletes":2,"ioRetries":10,"getTimeout":5,"putTimeout":60,"fastResolve":true,
                "attrTimeout":0,"entryTimeout":0,"dirEntryTimeout":0,"debug":false,"noUsageReport":true,"accessLog":"",
                "pushGateway":"","pushInterval":10,"pushAuth":"","pushGraphite":""}""".formatted(metaUrl);
    }

    /** Arguments: the library, and the URL of the metadata. */
    public static void main(String[] arguments) throws IOException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var core = new JuiceFsProcess(arguments[0], arguments[1]);
        out.println("ready");
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(core.perform(line.split("\t", -1)));
        }
        core.invoke("jfs_term", List.of(CALLER, core.volume));
        System.exit(0); // Go's threads would go on
    }

    private String perform(String[] words) {
        return switch (words[0]) {
            case "mkdir" -> text(path("jfs_mkdir", words[1], Integer.parseInt(words[2], 8)));
            case "write" -> text(write(words[1], Long.parseLong(words[2]), bytes(words[3], words[4])));
            case "sum" -> sum(words[1]);
            case "rename" -> text(path("jfs_rename", words[1], words[2]));
            case "delete" -> text(path("jfs_delete", words[1]));
            case "rmr" -> text(path("jfs_rmr", words[1]));
            case "symlink" -> text(path("jfs_symlink", words[1], words[2]));
            case "readlink" -> textOf(path("jfs_readlink", words[1], buffer, 4096L));
            case "chmod" -> text(path("jfs_chmod", words[1], Integer.parseInt(words[2], 8)));
            case "utime" -> text(path("jfs_utime", words[1], Long.parseLong(words[2]), Long.parseLong(words[3])));
            case "chown" -> text(path("jfs_setOwner", words[1], words[2], words[3]));
            case "access" -> text(path("jfs_access", words[1], Long.parseLong(words[2])));
            case "stat" -> stat(words[1]);
            case "list" -> list(words[1]);
            case "summary" -> numbers(path("jfs_summary", words[1], buffer), 3);
            case "statvfs" -> numbers(call("jfs_statvfs", volume, buffer), 2);
            case "read" -> read(words[1], Long.parseLong(words[2]), Long.parseLong(words[3]));
            case "truncate" -> text(path("jfs_truncate", words[1], Long.parseLong(words[2])));
            case "setxattr" ->
                text(path("jfs_setXattr", words[1], words[2], put(words[3]), (long) words[3].length(), 0L));
            case "getxattr" -> textOf(path("jfs_getXattr", words[1], words[2], buffer, 4096L));
            case "listxattr" ->
                textOf(path("jfs_listXattr", words[1], buffer, 4096L)).replace("\0", "");
            case "removexattr" -> text(path("jfs_removeXattr", words[1], words[2]));
            case "concat" -> {
                String sources = String.join("\0", Arrays.copyOfRange(words, 2, words.length)) + "\0";
                yield text(path("jfs_concat", words[1], put(sources), (long) sources.length()));
            }
            default -> throw new IllegalArgumentException("no such call: " + words[0]);
        };
    }

    private static String text(long result) {
        return Long.toString(result);
    }

    private String textOf(long length) {
        return length < 0
                ? text(length)
                : new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String seed, String length) {
        return Pattern.bytes(Integer.parseInt(seed), Integer.parseInt(length));
    }

    private MemorySegment put(String text) {
        MemorySegment.copy(text.getBytes(StandardCharsets.UTF_8), 0, buffer, ValueLayout.JAVA_BYTE, 0, text.length());
        return buffer;
    }

    private long write(String path, long offset, byte[] bytes) {
        long file = path("jfs_open", path, WRITE);
        if (file < 0) {
            file = path("jfs_create", path, (short) 0644);
        }
        if (file < 0 || file("jfs_lseek", file, offset, (long) SEEK_SET) < 0) {
            return file;
        }
        for (int done = 0; done < bytes.length; ) {
            int some = Math.min(BUFFER_BYTES, bytes.length - done);
            MemorySegment.copy(bytes, done, buffer, ValueLayout.JAVA_BYTE, 0, some);
            long written = file("jfs_write", file, buffer, (long) some);
            if (written <= 0) {
                return written;
            }
            done += (int) written;
        }
        long flushed = file("jfs_flush", file) < 0 ? -1 : file("jfs_fsync", file);
        long closed = file("jfs_close", file);
        return flushed < 0 ? flushed : closed;
    }

    private String sum(String path) {
        long file = path("jfs_open", path, READ);
        if (file < 0) {
            return text(file);
        }
        MessageDigest digest = Pattern.digest();
        long offset = 0;
        for (long read = 1; read > 0; offset += read) {
            read = file("jfs_pread", file, buffer, (long) BUFFER_BYTES, offset);
            if (read < 0) {
                return text(read);
            }
            digest.update(buffer.asSlice(0, read).asByteBuffer());
        }
        file("jfs_close", file);
        return offset + " " + HexFormat.of().formatHex(digest.digest());
    }

    /** What a sequential read of {@code length} bytes from {@code offset} gives, as {@link #sum} tells it. */
    private String read(String path, long offset, long length) {
        long file = path("jfs_open", path, READ);
        if (file < 0 || file("jfs_lseek", file, offset, (long) SEEK_SET) < 0) {
            return text(file);
        }
        MessageDigest digest = Pattern.digest();
        long done = 0;
        for (long read = 1; read > 0 && done < length; done += read) {
            read = file("jfs_read", file, buffer, Math.min(length - done, (long) BUFFER_BYTES));
            if (read < 0) {
                return text(read);
            }
            digest.update(buffer.asSlice(0, read).asByteBuffer());
        }
        file("jfs_close", file);
        return done + " " + HexFormat.of().formatHex(digest.digest());
    }

    /** The first numbers of 8 bytes in the buffer. */
    private String numbers(long result, int count) {
        return result < 0
                ? text(result)
                : LongStream.range(0, count)
                        .mapToObj(i -> text(buffer.get(ValueLayout.JAVA_LONG, i * Long.BYTES)))
                        .collect(Collectors.joining(" "));
    }

    /** Kind, mode in octal, bytes of a file, modification and access in milliseconds, owner and group. */
    private String stat(String path) {
        long length = path("jfs_stat1", path, buffer);
        if (length < 0) {
            return text(length);
        }
        int mode = buffer.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        boolean directory = (mode & GO_DIRECTORY) != 0;
        int bits = (mode & 0777)
                | ((mode & GO_SETUID) != 0 ? 04000 : 0)
                | ((mode & GO_SETGID) != 0 ? 02000 : 0)
                | ((mode & GO_STICKY) != 0 ? 01000 : 0);
        String owner = buffer.getString(STAT_NAMES);
        return "%s %o %s %d %d %s %s"
                .formatted(
                        directory ? "d" : "-",
                        bits,
                        directory ? "" : text(buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, 4)),
                        buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, 12),
                        buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, 20),
                        owner,
                        buffer.getString(STAT_NAMES + owner.length() + 1));
    }

    /** The names in a directory whose list fits into the buffer, apart by tabs. */
    private String list(String path) {
        long length = path("jfs_listdir", path, 0L, buffer, (long) BUFFER_BYTES);
        if (length < 0) {
            return text(length);
        }
        var names = new StringJoiner("\t");
        for (long at = 0; at < length; ) {
            int name = Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, at));
            names.add(new String(buffer.asSlice(at + 1, name).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
            at += 1 + name;
            at += 1 + Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, at));
        }
        return names.toString();
    }

    private long path(String function, Object... arguments) {
        return call(function, volume, arguments);
    }

    private long file(String function, long file, Object... arguments) {
        return call(function, file, arguments);
    }

    private long call(String function, long handle, Object... arguments) {
        var all = new ArrayList<Object>(List.of(CALLER, handle));
        for (Object argument : arguments) {
            all.add(
                    switch (argument) {
                        case String text -> arena.allocateFrom(text);
                        case MemorySegment memory -> memory.address();
                        default -> argument;
                    });
        }
        return (long) invoke(function, all);
    }

    private List<Object> strings(String... texts) {
        return Arrays.stream(texts).<Object>map(arena::allocateFrom).toList();
    }

    private Object invoke(String function, List<Object> arguments) {
        MemoryLayout[] layouts = arguments.stream()
                .map(argument -> switch (argument) {
                    case Long _ -> ValueLayout.JAVA_LONG;
                    case Integer _ -> ValueLayout.JAVA_INT;
                    case Short _ -> ValueLayout.JAVA_SHORT;
                    default -> ValueLayout.ADDRESS;
                })
                .toArray(MemoryLayout[]::new);
        MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(
                        library.find(function).orElseThrow(), FunctionDescriptor.of(ValueLayout.JAVA_LONG, layouts));
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }
}
