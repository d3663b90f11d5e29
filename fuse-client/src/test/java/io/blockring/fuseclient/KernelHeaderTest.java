package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks the C compiler what the kernel's headers say, for everything that is written down in Java a second time. */
class KernelHeaderTest {
    private static final Path HEADER = Path.of("/usr/include/linux/fuse.h");
    private static final Path COMPILER = Path.of("/usr/bin/gcc");

    @Test
    void structsFlagsAndCodesAreThoseOfTheKernelsHeaders(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(Files.exists(HEADER), HEADER + " is missing: apt-get install linux-libc-dev");
        Assumptions.assumeTrue(Files.exists(COMPILER), COMPILER + " is missing: apt-get install gcc libc6-dev");
        Map<String, Long> ours = ours();

        assertThat(headers(ours, directory)).isEqualTo(ours);
    }

    private static Map<String, Long> ours() {
        var expressions = new TreeMap<String, Long>();
        KernelStruct.all().forEach(struct -> addStruct(expressions, struct));
        for (Opcode opcode : Opcode.values()) {
            expressions.put("FUSE_" + opcode, (long) opcode.code());
        }
        for (InitFlag flag : InitFlag.values()) {
            expressions.put("FUSE_" + flag, flag.bit());
        }
        for (AttributeOperations.Valid valid : AttributeOperations.Valid.values()) {
            expressions.put("FATTR_" + valid, (long) Integer.lowestOneBit(bitsOf(valid)));
        }
        for (Errno errno : Errno.values()) {
            expressions.put(errno.name(), (long) errno.code());
        }
        expressions.put("FOPEN_KEEP_CACHE", (long) FileOperations.KEEP_PAGES);
        expressions.put("FOPEN_NOFLUSH", (long) FileOperations.NO_FLUSH);
        expressions.put("FUSE_LK_FLOCK", (long) LockOperations.WHOLE_FILE);
        expressions.put("FUSE_RELEASE_FLOCK_UNLOCK", (long) LockOperations.RELEASE_UNLOCKS);
        expressions.put("F_RDLCK", (long) LockOperations.SHARED);
        expressions.put("F_WRLCK", (long) LockOperations.EXCLUSIVE);
        expressions.put("F_UNLCK", (long) LockOperations.UNLOCK);
        expressions.put("FUSE_NOTIFY_INVAL_INODE", (long) Notifications.INVAL_INODE);
        expressions.put("FUSE_NOTIFY_INVAL_ENTRY", (long) Notifications.INVAL_ENTRY);
        expressions.put("FUSE_COMPAT_SETXATTR_IN_SIZE", RequestBody.SetExtendedAttribute.SENT_BYTES);
        expressions.put("FUSE_DEV_IOC_CLONE", FuseDevice.CLONE);
        expressions.put("sizeof(struct epoll_event)", Linux.EPOLL_EVENT_BYTES);
        return expressions;
    }

    private static int bitsOf(AttributeOperations.Valid valid) {
        int bits = 0;
        for (int bit = 1; bit != 0; bit <<= 1) {
            bits |= valid.isIn(bit) ? bit : 0;
        }
        return bits;
    }

    private static void addStruct(Map<String, Long> expressions, StructLayout struct) {
        String name = "struct " + struct.name().orElseThrow();
        expressions.put("sizeof(%s)".formatted(name), struct.byteSize());
        for (MemoryLayout member : struct.memberLayouts()) {
            String memberName = member.name().orElseThrow();
            expressions.put("offsetof(%s, %s)".formatted(name, memberName), KernelStruct.offsetOf(struct, memberName));
            expressions.put("sizeof(((%s *)0)->%s)".formatted(name, memberName), member.byteSize());
        }
    }

    private static Map<String, Long> headers(Map<String, Long> expressions, Path directory) throws Exception {
        var program = new StringBuilder("""
                #include <errno.h>
                #include <fcntl.h>
                #include <stddef.h>
                #include <stdio.h>
                #include <sys/epoll.h>
                #include <sys/ioctl.h>
                #include <linux/fuse.h>
                int main(void) {
                """);
        for (String expression : expressions.keySet()) {
            program.append("printf(\"%%s\\t%%lld\\n\", \"%s\", (long long)(%s));\n".formatted(expression, expression));
        }
        Path source = Files.writeString(directory.resolve("header.c"), program.append("return 0; }\n"));
        Path binary = directory.resolve("header");
        run(COMPILER.toString(), "-o", binary.toString(), source.toString());
        var answers = new TreeMap<String, Long>();
        run(binary.toString()).lines().forEach(line -> {
            int tab = line.indexOf('\t');
            answers.put(line.substring(0, tab), Long.valueOf(line.substring(tab + 1)));
        });
        return answers;
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
