package io.blockring.objectstore;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** What the file system knows of one file; together it tells the versions of an object apart. */
record ObjectFile(boolean isObject, boolean isFolder, long inode, Instant modified, long bytes) {
    static ObjectFile of(Path path) throws IOException {
        var attributes = Files.readAttributes(
                path, "unix:isRegularFile,isDirectory,ino,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        return new ObjectFile(
                (boolean) requireNonNull(attributes.get("isRegularFile")),
                (boolean) requireNonNull(attributes.get("isDirectory")),
                ((Number) requireNonNull(attributes.get("ino"))).longValue(),
                ((FileTime) requireNonNull(attributes.get("lastModifiedTime"))).toInstant(),
                (long) requireNonNull(attributes.get("size")));
    }

    String eTag() {
        long modifiedNanos = TimeUnit.SECONDS.toNanos(modified.getEpochSecond()) + modified.getNano();
        return "%x-%x-%x".formatted(inode, modifiedNanos, bytes);
    }
}
