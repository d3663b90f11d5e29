package io.blockring.meta.dump;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import java.util.List;
import java.util.stream.Collectors;

/** Attributes and slices in the words of a dump; what is 0 is left out where JuiceFS leaves it out. */
final class AttrText {
    private AttrText() {}

    static String of(long inode, Attr attr) {
        var text = new StringBuilder(256).append("{\"inode\":").append(inode);
        unlessZero(text, "flags", attr.flags());
        text.append(",\"type\":\"").append(DumpedTypes.nameOf(attr.type())).append("\",\"mode\":");
        text.append(attr.mode());
        text.append(",\"uid\":").append(Integer.toUnsignedLong(attr.uid()));
        text.append(",\"gid\":").append(Integer.toUnsignedLong(attr.gid()));
        text.append(",\"atime\":").append(attr.atime().seconds());
        text.append(",\"mtime\":").append(attr.mtime().seconds());
        text.append(",\"ctime\":").append(attr.ctime().seconds());
        unlessZero(text, "atimensec", attr.atime().nanos());
        unlessZero(text, "mtimensec", attr.mtime().nanos());
        unlessZero(text, "ctimensec", attr.ctime().nanos());
        text.append(",\"nlink\":").append(Integer.toUnsignedLong(attr.nlink()));
        text.append(",\"length\":").append(attr.type() == FileType.FILE ? attr.length() : 0);
        unlessZero(text, "rdev", Integer.toUnsignedLong(attr.rdev()));
        unlessZero(text, "tier", attr.tier());
        return text.append('}').toString();
    }

    static String of(AclRule rule) {
        return "{\"owner\":%d,\"group\":%d,\"other\":%d,\"mask\":%d,\"users\":%s,\"groups\":%s}"
                .formatted(rule.owner(), rule.group(), rule.other(), rule.mask(), of(rule.users()), of(rule.groups()));
    }

    private static String of(List<AclRule.Named> named) {
        return named.isEmpty()
                ? "null"
                : named.stream()
                        .map(one -> "{\"id\":%d,\"perm\":%d}"
                                .formatted(Integer.toUnsignedLong(one.id()), one.permissions()))
                        .collect(Collectors.joining(",", "[", "]"));
    }

    static String of(SliceRecord slice) {
        var text = new StringBuilder(96).append("{\"id\":").append(slice.sliceId());
        unlessZero(text, "pos", slice.position());
        text.append(",\"size\":").append(slice.size());
        unlessZero(text, "off", slice.offset());
        return text.append(",\"len\":").append(slice.length()).append('}').toString();
    }

    private static void unlessZero(StringBuilder text, String field, long value) {
        if (value != 0) {
            text.append(",\"").append(field).append("\":").append(value);
        }
    }

    static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
