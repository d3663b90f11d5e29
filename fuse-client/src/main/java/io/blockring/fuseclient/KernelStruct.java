package io.blockring.fuseclient;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The words in which {@code linux/fuse.h} is written: members of 16, 32 and 64 bits in the machine's byte order. */
final class KernelStruct {
    private KernelStruct() {}

    /** A struct of the header by its name there; a test compares each member's offset with the header's. */
    static StructLayout struct(String name, MemoryLayout... members) {
        return MemoryLayout.structLayout(members).withName(name);
    }

    static MemoryLayout u16(String name) {
        return ValueLayout.JAVA_SHORT.withName(name);
    }

    static MemoryLayout u32(String name) {
        return ValueLayout.JAVA_INT.withName(name);
    }

    static MemoryLayout u64(String name) {
        return ValueLayout.JAVA_LONG.withName(name);
    }

    static MemoryLayout u32Array(String name, int count) {
        return MemoryLayout.sequenceLayout(count, ValueLayout.JAVA_INT).withName(name);
    }

    static long offsetOf(StructLayout struct, String member) {
        return struct.byteOffset(PathElement.groupElement(member));
    }

    /** Every struct that crosses the boundary to the kernel. */
    static List<StructLayout> all() {
        return List.of(
                Request.HEADER,
                RequestBody.Init.LAYOUT,
                RequestBody.SetAttributes.LAYOUT,
                RequestBody.MakeNode.LAYOUT,
                RequestBody.MakeDirectory.LAYOUT,
                RequestBody.Rename.LAYOUT,
                RequestBody.Rename2.LAYOUT,
                RequestBody.Link.LAYOUT,
                RequestBody.Open.LAYOUT,
                RequestBody.Create.LAYOUT,
                RequestBody.Read.LAYOUT,
                RequestBody.Write.LAYOUT,
                RequestBody.Release.LAYOUT,
                RequestBody.Flush.LAYOUT,
                RequestBody.Lock.RANGE,
                RequestBody.Lock.LAYOUT,
                RequestBody.Sync.LAYOUT,
                RequestBody.SetExtendedAttribute.LAYOUT,
                RequestBody.GetExtendedAttribute.LAYOUT,
                RequestBody.Interrupt.LAYOUT,
                RequestBody.Allocate.LAYOUT,
                RequestBody.Seek.LAYOUT,
                ReplyBody.HEADER,
                ReplyBody.INIT,
                ReplyBody.ATTRIBUTES,
                ReplyBody.ATTR_OUT,
                ReplyBody.ENTRY,
                ReplyBody.OPEN,
                ReplyBody.WRITE,
                ReplyBody.STATFS,
                ReplyBody.EXTENDED_ATTRIBUTE_SIZE,
                ReplyBody.LOCK,
                ReplyBody.SEEK,
                ReplyBody.DIRECTORY_ENTRY,
                ReplyBody.FORGET_INODE,
                ReplyBody.FORGET_ENTRY);
    }
}
